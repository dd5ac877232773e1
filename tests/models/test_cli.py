from pathlib import Path

import pytest
from typer.testing import CliRunner

from nhance_models import correction, precision, train
from nhance_models.cli import app

runner = CliRunner()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["import-dped", "absent", "--name", "dped"], "is no TensorFlow checkpoint"),
        (["export", "look", "--run", "absent"], "holds no training run"),
        (["train", "look", "--data", "absent", "--run", "run"], "absent"),
        (["evaluate", "absent", "--retouched", "absent"], "holds no SavedModel"),
        (["evaluate", "absent"], "nothing to measure on"),
    ],
)
def test_mistakes_are_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = runner.invoke(app, arguments)
    assert result.exit_code == 1
    assert sentence in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "arguments",
    [
        ["look", "--data", "absent", "--run", "run"],
        ["--method", "look", "--data", "absent", "--run", "run"],
        ["--data", "absent", "--method=look", "--run", "run"],
    ],
)
def test_a_method_is_named_either_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    begun: list[Path] = []
    monkeypatch.setattr(train, "train_look", lambda *given, **_: begun.append(given[3]))
    result = runner.invoke(app, ["train", *arguments])
    assert result.exit_code == 0, result.output
    assert begun == [Path("run")]


def test_no_method_is_a_mistake_told_by_click() -> None:
    for arguments in (["--method"], ["--method", "vgg"]):
        result = runner.invoke(app, ["train", *arguments])
        assert result.exit_code == 2
        assert "Traceback" not in result.output


@pytest.mark.parametrize(("on_gpu", "batch"), [(False, 16), (True, 64)])
def test_a_card_gets_larger_batches(
    monkeypatch: pytest.MonkeyPatch, on_gpu: bool, batch: int
) -> None:
    begun: list[train.TrainConfig] = []
    monkeypatch.setattr(precision, "on_gpu", lambda: on_gpu)
    monkeypatch.setattr(train, "train_look", lambda config, *_, **__: begun.append(config))
    result = runner.invoke(app, ["train", "look", "--data", "any", "--run", "any"])
    assert result.exit_code == 0, result.output
    assert [batch] == [config.batch for config in begun]


def test_identity_and_its_evaluation(tmp_path: Path, photos: Path) -> None:
    written = runner.invoke(app, ["identity", "--servables", str(tmp_path)])
    assert written.exit_code == 0
    assert f"wrote {tmp_path}/identity/1" in written.stdout
    again = runner.invoke(app, ["identity", "--servables", str(tmp_path)])
    assert again.exit_code == 1
    assert "never overwritten" in again.stderr
    evaluated = runner.invoke(
        app, ["evaluate", str(tmp_path / "identity" / "1"), "--data", str(photos)]
    )
    assert evaluated.exit_code == 0, evaluated.output
    assert "camera model" in evaluated.stdout
    assert "100.00 dB" in evaluated.stdout


def test_what_ffmpeg_says_is_told(
    tmp_path: Path, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(correction, "FILTERS", "nosuchfilter")
    assert runner.invoke(app, ["identity", "--servables", str(tmp_path)]).exit_code == 0
    evaluated = runner.invoke(
        app, ["evaluate", str(tmp_path / "identity" / "1"), "--data", str(photos)]
    )
    assert evaluated.exit_code == 1
    assert "ffmpeg failed" in evaluated.stderr
    assert "nosuchfilter" in evaluated.stderr
