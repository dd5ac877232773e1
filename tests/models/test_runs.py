"""What a run does whatever it trains, seen on a learner that is told its losses and scores."""

from collections.abc import Iterator
from math import nan
from pathlib import Path

import pytest
import tensorflow as tf

from nhance_models import runs


class Told:
    """A learner whose losses and validations are given, one a step."""

    def __init__(self, losses: list[float], scores: list[float]) -> None:
        self.losses, self.scores = losses, scores
        self.step = tf.Variable(0, dtype=tf.int64)

    def state(self) -> dict[str, tf.Variable]:
        return {"step": self.step}

    def update(self, batch: runs.Batch) -> tf.Tensor:
        self.step.assign_add(1)
        return tf.constant(self.losses[int(self.step) - 1])

    def validate(self) -> runs.Row:
        return {"input_psnr": 20.0, "output_psnr": self.scores[int(self.step) - 1]}


def trained(folder: Path, losses: list[float], scores: list[float], validate_every: int) -> None:
    def batches(first: int, last: int) -> Iterator[runs.Batch]:
        yield from ({} for _ in range(first, last))

    folder.mkdir(exist_ok=True)
    schedule = runs.Schedule(len(losses), checkpoint_every=1, validate_every=validate_every)
    runs.train(Told(losses, scores), batches, folder, schedule, "test")


def step_of(folder: Path, which: str) -> int:
    step = tf.Variable(0, dtype=tf.int64)
    runs.restore(folder, which, step=step)
    return int(step)


@pytest.mark.parametrize("validate_every", [1, 4])
def test_a_run_that_diverges_says_so_and_keeps_what_it_had(
    tmp_path: Path, validate_every: int
) -> None:
    with pytest.raises(ValueError, match="diverged: by step 3 its loss is not finite"):
        trained(tmp_path, [1.0, 0.5, nan, nan], [21.0, 22.0, nan, nan], validate_every)
    assert step_of(tmp_path, "checkpoints") == 2


def test_nan_is_never_the_best(tmp_path: Path) -> None:
    trained(tmp_path / "later", [1.0, 1.0, 1.0], [21.0, nan, 20.0], 1)
    assert step_of(tmp_path / "later", "best") == 1
    trained(tmp_path / "first", [1.0, 1.0], [nan, 20.0], 1)
    assert step_of(tmp_path / "first", "best") == 2
    trained(tmp_path / "never", [1.0], [nan], 1)
    with pytest.raises(ValueError, match="holds no checkpoint"):
        step_of(tmp_path / "never", "best")


def test_settings_are_written_once(tmp_path: Path) -> None:
    runs.write_config(tmp_path / "run", {"train": {"steps": 4}})
    noted = tmp_path / "run" / "config.json"
    noted.chmod(0o444)
    before = noted.stat()
    runs.write_config(tmp_path / "run", {"train": {"steps": 4}})
    assert (before.st_ino, before.st_mtime_ns) == (noted.stat().st_ino, noted.stat().st_mtime_ns)
    assert {"train": {"steps": 4}} == runs.read_config(tmp_path / "run")
    assert [noted] == list((tmp_path / "run").iterdir())
