import shutil
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from PIL import Image
from skimage import data as pictures
from typer.testing import CliRunner

from nhance_models import dped_training, finetune, precision, runs, servable
from nhance_models.cli import app
from nhance_models.dped_training import new_generator
from nhance_models.loaded import Loaded
from nhance_models.pairs import read_pairs
from nhance_models.sizes import PRESETS, LookConfig
from nhance_models.train import servable_weights


@pytest.fixture
def phone(tmp_path: Path) -> Path:
    folder = tmp_path / "phone"
    folder.mkdir()
    random = np.random.default_rng(9)
    for number in range(4):
        good = Image.fromarray(random.integers(60, 250, (5, 6, 3), np.uint8)).resize((400, 390))
        good.save(folder / f"{number}_dslr.png")
        good.point(lambda value: value * 0.6).save(folder / f"{number}_phone.png")
    return folder


@pytest.fixture
def tiny(sizes: LookConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PRESETS, "tiny", sizes)


@pytest.mark.usefixtures("tiny")
def test_look_for_another_phone(phone: Path, tmp_path: Path, look_model_folder: Path) -> None:
    options = ["--pairs", str(phone), "--held-back", "3-3", "--name", "mine", "--steps", "2"]
    places = ["--servables", str(tmp_path / "servables"), "--run", str(tmp_path / "run")]
    command = ["finetune", "--from", str(look_model_folder), *options, *places]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    adapted = Loaded.read(tmp_path / "servables" / "mine" / "1")
    assert "look" in adapted.model.signatures
    assert (tmp_path / "run" / "curve.png").exists()

    again = CliRunner().invoke(app, [*command, "--patience", "3"])
    assert again.exit_code == 0, again.output
    assert "mine/1 is that state already" in again.output
    assert ["1"] == [version.name for version in (tmp_path / "servables" / "mine").iterdir()]

    for other in (
        ["--pairs", str(tmp_path / "copy")],
        ["--held-back", "2-2"],
        ["--features", str(tmp_path / "vgg.h5")],
        ["--from", str(tmp_path / "other")],
    ):
        for folder, copy in ((phone, "copy"), (look_model_folder, "other")):
            shutil.copytree(folder, tmp_path / copy, dirs_exist_ok=True)
        refused = CliRunner().invoke(app, [*command, *other])
        assert refused.exit_code == 1
        key = other[0].removeprefix("--").replace("-", "_")
        assert f"begun with other settings: {key} " in refused.output


@pytest.mark.usefixtures("tiny")
def test_small_patches_that_align_made(tmp_path: Path, look_model_folder: Path) -> None:
    scene = Image.fromarray(pictures.astronaut())
    for camera, gain in (("a", 0.7), ("b", 1.0)):
        (tmp_path / camera).mkdir()
        scene.point(lambda value, gain=gain: value * gain).save(tmp_path / camera / "one.png")
    cameras, pairs = [str(tmp_path / "a"), str(tmp_path / "b")], str(tmp_path / "pairs")
    aligned = CliRunner().invoke(app, ["align", *cameras, pairs])
    assert aligned.exit_code == 0, aligned.output
    options = ["--pairs", pairs, "--held-back", "one_0305-one_0305", "--name", "mine"]
    places = ["--servables", str(tmp_path / "servables"), "--run", str(tmp_path / "run")]
    result = CliRunner().invoke(
        app, ["finetune", "--from", str(look_model_folder), *options, *places, "--steps", "2"]
    )
    assert result.exit_code == 0, result.output
    assert (tmp_path / "servables" / "mine" / "1").is_dir()


def test_pairs_too_small_to_validate_with(
    tmp_path: Path, look_model_folder: Path, sizes: LookConfig
) -> None:
    for name in ("1_phone", "1_dslr"):
        Image.new("RGB", (40, 15)).save(tmp_path / f"{name}.png")
    held = read_pairs(tmp_path, "1-1", validation=True)
    weights = servable_weights(look_model_folder, sizes)
    with pytest.raises(ValueError, match="must be 16 pixels high and wide"):
        finetune.adapt_look(
            finetune.LOOK, sizes, weights, held, held, tmp_path, 0, lambda step: False
        )


@pytest.mark.parametrize(("on_gpu", "batches"), [(False, (16, 4)), (True, (64, 16))])
@pytest.mark.usefixtures("tiny")
def test_a_card_gets_larger_batches(
    phone: Path,
    tmp_path: Path,
    look_model_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    on_gpu: bool,
    batches: tuple[int, int],
) -> None:
    def stopped(*arguments: object) -> NoReturn:
        raise InterruptedError

    monkeypatch.setattr(precision, "on_gpu", lambda: on_gpu)
    monkeypatch.setattr(finetune, "adapt_look", stopped)
    monkeypatch.setattr(dped_training, "train_dped", stopped)
    weights = {name: variable.numpy() for name, variable in new_generator(1).items()}
    dped = servable.export(servable.dped_servable(weights), tmp_path, "dped", 1)
    found = []
    for model, kind in ((look_model_folder, "train"), (dped, "dped")):
        with pytest.raises(InterruptedError):
            finetune.adapt(model, phone, tmp_path / kind, held_back="3-3")
        found.append(runs.read_config(tmp_path / kind)[kind]["batch"])
    assert batches == tuple(found)


def test_a_servable_of_dped_is_known(tmp_path: Path) -> None:
    weights = {name: variable.numpy() for name, variable in new_generator(1).items()}
    version = servable.export(servable.dped_servable(weights), tmp_path, "dped", 1)
    found = finetune.read_model(version)
    assert isinstance(found, dict)
    np.testing.assert_array_equal(weights["W1"], found["W1"])


def test_what_can_not_be_adapted(phone: Path, tmp_path: Path) -> None:
    identity = servable.export(servable.identity(), tmp_path, "identity", 1)
    for model in (identity, tmp_path / "nowhere"):
        with pytest.raises(ValueError, match="neither a version of look or DPED nor"):
            finetune.read_model(model)
    options = ["--pairs", str(phone), "--held-back", "3-3", "--run", str(tmp_path / "run")]
    command = ["finetune", "--from", str(identity), *options]
    for name, sentence in (("mine", "neither a version"), ("a/b", "can't be the name")):
        result = CliRunner().invoke(app, [*command, "--name", name])
        assert result.exit_code == 1
        assert sentence in result.output
