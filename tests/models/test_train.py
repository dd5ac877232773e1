import json
from pathlib import Path

import numpy as np
import pytest

from nhance_models import look, train

CONFIG = train.TrainConfig(
    steps=4, batch=2, crop=48, warmup=1, checkpoint_every=2, validate_every=2, validation_crop=48
)


def test_a_run_that_was_killed_goes_on_as_if_it_had_not(
    photos: Path, tmp_path: Path, sizes: look.LookConfig
) -> None:
    whole = train.train_look(CONFIG, sizes, [photos], tmp_path / "whole")

    # Killed after step 3, whose work is lost: the newest checkpoint is that of step 2.
    def kill(step: int) -> bool:
        if step == 3:
            raise KeyboardInterrupt
        return False

    with pytest.raises(KeyboardInterrupt):
        train.train_look(CONFIG, sizes, [photos], tmp_path / "killed", stop=kill)
    assert train.load_average(tmp_path / "killed")[2] == 2
    resumed = train.train_look(CONFIG, sizes, [photos], tmp_path / "killed")

    assert int(resumed.step) == int(whole.step) == 4
    for name, value in whole.average.items():
        np.testing.assert_array_equal(resumed.average[name], value, err_msg=name)
    averaged, loaded_sizes, step = train.load_average(tmp_path / "whole")
    assert (loaded_sizes, step) == (sizes, 4)
    np.testing.assert_array_equal(averaged["tail"], whole.average["tail"])

    rows = [
        json.loads(line) for line in (tmp_path / "whole" / "log.jsonl").read_text().splitlines()
    ]
    assert [row["step"] for row in rows] == [2, 4]
    assert (tmp_path / "whole" / "curve.png").stat().st_size > 1000
    assert set(rows[0]) >= {"loss", "seconds", "input_psnr", "output_psnr"}

    with pytest.raises(ValueError, match="begun with other settings: steps 4"):
        train.train_look(train.TrainConfig(), sizes, [photos], tmp_path / "whole")


def test_a_run_that_begins_with_a_servable(
    photos: Path, tmp_path: Path, sizes: look.LookConfig, look_model_folder: Path
) -> None:
    trained = train.servable_weights(look_model_folder, sizes)

    config = train.TrainConfig(steps=1, batch=2, crop=48, warmup=1, learning_rate=0.0)
    run = train.train_look(config, sizes, [photos], tmp_path / "run", start=look_model_folder)
    for name, value in trained.items():
        np.testing.assert_allclose(run.average[name], value, atol=1e-6, err_msg=name)
    other = train.servable_weights(look_model_folder, look.LookConfig(size=8, blocks=2))
    assert {"glance0", "mind1", "gates_bias"} < set(other)
    assert not {"head", "tail", "block1a"} & set(other)
    with pytest.raises(ValueError, match="no servable of look"):
        train.servable_weights(tmp_path, sizes)


def test_a_folder_without_a_run(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no training run"):
        train.load_average(tmp_path)
