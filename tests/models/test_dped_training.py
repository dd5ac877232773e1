from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from nhance_models import dped, runs, servable
from nhance_models import dped_training as training
from nhance_models.pairs import read_pairs

CONFIG = training.DpedConfig(
    steps=2, batch=1, patch=32, checkpoint_every=1, validate_every=1, average=0.0
)


@pytest.fixture
def phone(tmp_path: Path) -> Path:
    """Three pairs: a phone that sees everything darker."""
    folder = tmp_path / "phone"
    folder.mkdir()
    random = np.random.default_rng(8)
    for number in range(3):
        good = Image.fromarray(random.integers(60, 250, (5, 6, 3), np.uint8)).resize((48, 40))
        good.save(folder / f"{number}_dslr.png")
        good.point(lambda value: value * 0.6).save(folder / f"{number}_phone.png")
    return folder


def test_the_blur_is_that_of_the_paper() -> None:
    point = np.zeros((1, 41, 41, 3), np.float32)
    point[0, 20, 20] = 1
    spread = training.blurred(tf.constant(point)).numpy()[0, :, :, 1]
    assert spread[20, 20] == pytest.approx(0.053, rel=1e-4)
    assert spread[22, 21] == pytest.approx(0.053 * np.exp(-(4 + 1) / 6), rel=1e-4)
    assert spread.sum() == pytest.approx(1, abs=5e-3)


def test_variation() -> None:
    steps = np.tile(np.arange(4, dtype=np.float32)[None, None, :, None], (1, 4, 1, 3))
    assert float(training.variation(tf.constant(steps))) == pytest.approx(1.0)


def test_a_generator_begins_with_returning_what_it_gets() -> None:
    rgb = tf.random.stateless_uniform([1, 24, 24, 3], [1, 2], 0.25, 0.75)
    made = dped.generate(training.returning_generator(1), rgb)
    # tanh(x) is x but for x cubed over 3, at most 0.013 here.
    np.testing.assert_allclose(made, rgb, atol=0.016)


@pytest.mark.parametrize("losses", [training.DpedLosses(), training.FINE_TUNING])
def test_a_run_begins_goes_on_and_is_exported(
    phone: Path, tmp_path: Path, losses: training.DpedLosses
) -> None:
    learned, held = (read_pairs(phone, "2-2", validation=side) for side in (False, True))
    config = replace(CONFIG, losses=losses)
    whole = training.train_dped(config, learned, held, None, tmp_path / "whole")
    training.train_dped(
        config, learned, held, None, tmp_path / "halves", stop=lambda step: step == 1
    )
    assert training.load_average(tmp_path / "halves")[1] == 1
    resumed = training.train_dped(config, learned, held, None, tmp_path / "halves", patience=9)
    assert int(whole.step) == int(resumed.step) == 2
    for name, value in whole.generator.items():
        np.testing.assert_array_equal(resumed.generator[name], value, err_msg=name)
    assert [row["step"] for row in runs.read_log(tmp_path / "halves")] == [1, 2]

    generator, step = training.load_average(tmp_path / "whole")
    weights = {name: variable.numpy() for name, variable in generator.items()}
    version = servable.export(servable.dped_servable(weights), tmp_path / "servables", "dped", 1)
    back = training.servable_generator(version)
    assert step == 2
    np.testing.assert_array_equal(back["W12"], generator["W12"])


def test_what_is_no_dped(look_model_folder: Path, tmp_path: Path) -> None:
    for folder in (look_model_folder, tmp_path):
        with pytest.raises(ValueError, match="is no servable of DPED"):
            training.servable_generator(folder)
