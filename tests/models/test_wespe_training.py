from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nhance_models import dped_training, features, runs, wespe_training

CONFIG = wespe_training.WespeConfig(
    steps=2, settling=1, batch=1, patch=32, checkpoint_every=1, validate_every=1, average=0.0
)


@pytest.fixture
def cameras(tmp_path: Path) -> list[list[Path]]:
    random = np.random.default_rng(21)
    folders = []
    for camera in ("phone", "camera"):
        folder = tmp_path / camera
        folder.mkdir()
        for number in range(2):
            pixels = Image.fromarray(random.integers(60, 250, (5, 6, 3), np.uint8))
            pixels.resize((48, 40)).save(folder / f"{camera}{number}.png")
        folders.append(sorted(folder.iterdir()))
    return folders


def test_a_run_begins_and_goes_on(
    cameras: list[list[Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(features, "load", lambda path: lambda rgb: rgb)
    picture = np.full((1, 32, 32, 3), 0.5, np.float32)
    phone, camera = cameras

    def train(folder: str, stop: runs.Stop = lambda step: False) -> wespe_training.WespeLearner:
        return wespe_training.train_wespe(
            CONFIG, phone, camera, [(picture, picture)], Path("x"), tmp_path / folder, stop=stop
        )

    whole = train("whole")
    train("halves", lambda step: step == 1)
    resumed = train("halves")
    assert int(whole.step) == int(resumed.step) == 2
    for name, value in whole.makers.items():
        np.testing.assert_array_equal(resumed.makers[name], value, err_msg=name)
    fresh = dped_training.returning_generator(8)["W1"]
    assert float(np.abs(whole.backward["W1"] - fresh).max()) > 0
    generator, step = dped_training.load_average(tmp_path / "whole")
    assert step == 2
    np.testing.assert_array_equal(generator["W5"], whole.average["W5"])
