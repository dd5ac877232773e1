"""A run of training: its folder, its checkpoints, its log, and going on where it stopped.

The folder holds `config.json` (what the run was begun with), `checkpoints/` (the newest three),
`best/` (the one that validated best), `log.jsonl` (a row each validation) and `curve.png`. Each
step draws its batch from its own number, so a run that was killed and goes on sees the same batches
as one that was not.
"""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import tensorflow as tf
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Batch = dict[str, tf.Tensor]
Row = dict[str, float]
Stop = Callable[[int], bool]
SCORE = "output_psnr"  # by which validations are compared


class Learner(Protocol):
    """What is trained: networks, optimisers and the step they are at."""

    step: tf.Variable  # int64 [], counted by `update`

    def state(self) -> Mapping[str, Any]:
        """What a checkpoint holds, by name, `step` among it."""

    def update(self, batch: Batch) -> tf.Tensor:
        """One step; returns the loss."""

    def validate(self) -> Row:
        """Scores on pictures held back, `output_psnr` (dB) among them."""


@dataclass(frozen=True)
class Schedule:
    """When a run ends and what it does on the way, in steps."""

    steps: int
    checkpoint_every: int
    validate_every: int
    patience: int = 0  # validations without a better one before it ends early; 0: it doesn't


def train(
    learner: Learner,
    batches: Callable[[int, int], Iterable[Batch]],
    folder: Path,
    schedule: Schedule,
    label: str,
    stop: Stop = lambda step: False,
) -> None:
    """Goes on from the folder's newest checkpoint to the end.

    `batches(first, last)` gives those of a range of steps; `stop(step)` may end it early, with a
    checkpoint. Raises ValueError, and saves nothing more, when the loss is no longer finite.
    """
    checkpoint = tf.train.Checkpoint(**learner.state())
    newest = tf.train.CheckpointManager(checkpoint, str(folder / "checkpoints"), max_to_keep=3)
    newest.restore_or_initialize()
    best = tf.train.CheckpointManager(checkpoint, str(folder / "best"), max_to_keep=1)
    done = int(learner.step)
    rows = [row for row in read_log(folder) if row["step"] <= done]
    recent: list[tf.Tensor] = []
    started = time.monotonic()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns) as progress, (folder / "log.jsonl").open("a") as log:
        task = progress.add_task(label, total=schedule.steps, completed=done)
        for batch in batches(done, schedule.steps):
            recent.append(learner.update(batch))
            done += 1
            ending = done == schedule.steps or stop(done)
            validating = done % schedule.validate_every == 0 or ending
            saving = done % schedule.checkpoint_every == 0 or ending
            # Not at every step: to look at a loss is to wait for the card.
            if (validating or saving) and not np.isfinite(recent).all():
                raise ValueError(
                    f"the training diverged: by step {done} its loss is not finite;"
                    f" {folder} keeps the checkpoints from before"
                )
            if validating:
                row: Row = {"step": done, "seconds": round(time.monotonic() - started, 1)}
                row["loss"] = round(float(np.mean(recent)), 5)
                row |= {name: round(score, 4) for name, score in learner.validate().items()}
                recent = []
                rows.append(row)
                print(json.dumps(row), file=log, flush=True)
                progress.console.print(json.dumps(row), highlight=False, soft_wrap=True)
                progress.update(task, description=f"held out {row[SCORE]:.2f} dB")
                if _since_best(rows) == 0:
                    best.save(done)
                draw_curve(rows, folder / "curve.png")
                ending = ending or 0 < schedule.patience <= _since_best(rows)
            if saving or ending:
                newest.save(done)
            progress.update(task, completed=done)
            if ending:
                break


def _since_best(rows: list[Row]) -> int:
    """Validations since the best one; NaN is never the best."""
    scores = np.fmax([-np.inf] + [row[SCORE] for row in rows], -np.inf)
    return len(rows) - int(np.argmax(scores))


def write_config(folder: Path, settings: Mapping[str, Mapping[str, Any]]) -> None:
    """Makes a run's folder and notes its settings there; ValueError when others are noted."""
    path = folder / "config.json"
    if path.exists():
        noted = json.loads(path.read_text())
        pairs = [(part, key) for part in settings for key in settings[part]]
        other = [
            f"{key} {noted.get(part, {}).get(key)}"
            for part, key in pairs
            if noted.get(part, {}).get(key) != settings[part][key]
        ]
        if other:
            raise ValueError(f"{folder} was begun with other settings: {', '.join(other)}")
        return
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / ".config.json"  # renamed when it is whole
    draft.write_text(json.dumps(settings, indent=2) + "\n")
    draft.rename(path)


def read_config(folder: Path) -> dict[str, Any]:
    """The settings of a run; ValueError when the folder holds none."""
    try:
        config: dict[str, Any] = json.loads((folder / "config.json").read_text())
    except (OSError, ValueError) as error:
        raise ValueError(f"{folder} holds no training run") from error
    return config


def read_log(folder: Path) -> list[Row]:
    """The rows of a run's log, oldest first."""
    path = folder / "log.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def restore(folder: Path, which: str = "checkpoints", **objects: Any) -> None:
    """Reads objects back from a run's newest (`checkpoints`) or best (`best`) state.

    ValueError when there is none.
    """
    newest = tf.train.latest_checkpoint(str(folder / which))
    if newest is None:
        raise ValueError(f"{folder} holds no checkpoint of a training run")
    status = tf.train.Checkpoint(**objects).restore(newest)
    status.assert_existing_objects_matched().expect_partial()


def follow(
    average: Mapping[str, tf.Variable],
    weights: Mapping[str, tf.Variable],
    keep: float,
    step: tf.Variable,
) -> None:
    """Moves the average towards the weights: quickly at first, so that it soon is of use."""
    done = tf.cast(step, tf.float32)
    keep = tf.minimum(keep, (1.0 + done) / (10.0 + done))
    for name, value in weights.items():
        average[name].assign(keep * average[name] + (1.0 - keep) * value)


def draw_curve(rows: list[Row], path: Path) -> None:
    """The PSNR of the validations against the step, beside their input's, as a PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.add_subplot()
    steps = [row["step"] for row in rows]
    for name, style in (("output_psnr", "o-"), ("input_psnr", "k--")):
        axes.plot(steps, [row[name] for row in rows], style, label=name.removesuffix("_psnr"))
    axes.set(xlabel="step", ylabel="PSNR, dB", title="pictures held back")
    axes.legend()
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120)
