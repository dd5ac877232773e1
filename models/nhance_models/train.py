"""Training of `look`: photographs, a camera that spoils them, a network that repairs them.

Each step draws its batch from its own number, so a run that was killed and resumed sees the same
batches as one that was not. A checkpoint holds the weights, their moving average, the optimiser's
state and the step.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from nhance_models import canonical, look, losses
from nhance_models.batches import Batch, training_batches, validation_batch
from nhance_models.data import read_photos, read_weights


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides a run, but for the photos."""

    steps: int = 16_000
    batch: int = 16
    crop: int = 96
    learning_rate: float = 1.5e-3
    warmup: int = 300
    clip_norm: float = 1.0
    average: float = 0.999  # of the moving average of the weights
    seed: int = 7
    checkpoint_every: int = 500
    validate_every: int = 1000
    validation_crop: int = 192


def learning_rate(config: TrainConfig) -> keras.optimizers.schedules.LearningRateSchedule:
    """Linear warm-up, then half a cosine to a fiftieth."""
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=config.learning_rate / 20,
        decay_steps=max(config.steps - config.warmup, 1),
        alpha=0.02,
        warmup_target=config.learning_rate,
        warmup_steps=config.warmup,
    )


def enhance(weights: look.Weights, sizes: look.LookConfig, batch: Batch) -> tf.Tensor:
    """The network's answer to a batch, RGB [N,S,S,3]."""
    vector = look.look(weights, batch.thumbnail, batch.noise)
    return canonical.to_rgb(*look.render(weights, sizes, batch.luma, batch.chroma, vector))


class Trainer:
    """The state of a run, in memory and on disk."""

    def __init__(self, config: TrainConfig, sizes: look.LookConfig, folder: Path) -> None:
        self.config, self.sizes = config, sizes
        self.weights = look.new_weights(sizes, config.seed)
        self.average = {name: tf.Variable(value) for name, value in self.weights.items()}
        self.optimizer = keras.optimizers.Adam(
            learning_rate(config), global_clipnorm=config.clip_norm
        )
        self.optimizer.build(list(self.weights.values()))
        self.step = tf.Variable(0, dtype=tf.int64)
        checkpoint = tf.train.Checkpoint(
            weights=self.weights, average=self.average, optimizer=self.optimizer, step=self.step
        )
        self.checkpoints = tf.train.CheckpointManager(
            checkpoint, str(folder / "checkpoints"), max_to_keep=3
        )
        self.checkpoints.restore_or_initialize()

    @tf.function  # type: ignore[untyped-decorator]
    def update(self, batch: dict[str, tf.Tensor]) -> tf.Tensor:
        """One step of Adam (Kingma and Ba, ICLR 2015); returns the loss."""
        variables = list(self.weights.values())
        inputs = Batch(**batch)
        with tf.GradientTape() as tape:
            loss = losses.look_loss(enhance(self.weights, self.sizes, inputs), inputs.target)
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        # The average follows quickly at first, so that early checkpoints are of use.
        step = tf.cast(self.step, tf.float32)
        keep = tf.minimum(self.config.average, (1.0 + step) / (10.0 + step))
        for name, value in self.weights.items():
            self.average[name].assign(keep * self.average[name] + (1.0 - keep) * value)
        self.step.assign_add(1)
        return loss

    def take(self, weights: look.Weights) -> None:
        """Goes on with other weights; their average begins with them."""
        for name, value in weights.items():
            self.weights[name].assign(value)
            self.average[name].assign(value)

    def validate(self, batch: Batch) -> dict[str, float]:
        """PSNR (dB) and SSIM of the averaged weights on a batch, beside those of its input."""
        pictures = {
            "input": canonical.to_rgb(batch.luma, batch.chroma),
            "output": enhance(self.average, self.sizes, batch),
        }
        scores = {}
        for name, rgb in pictures.items():
            scores[f"{name}_psnr"] = float(tf.reduce_mean(losses.psnr(rgb, batch.target)))
            similarity = losses.ssim(losses.grey(rgb), losses.grey(batch.target))
            scores[f"{name}_ssim"] = float(tf.reduce_mean(similarity))
        return scores


def train_look(
    config: TrainConfig,
    sizes: look.LookConfig,
    folders: Sequence[Path],
    run: Path,
    weights: Path | None = None,
    start: Path | None = None,
    stop: Callable[[int], bool] = lambda step: False,
) -> Trainer:
    """Trains in the folder `run`, or goes on there; `stop(step)` may end it early, checkpointed.

    A new run begins with fresh weights, or with those of the version `start` of a servable as far
    as they fit.
    Writes `checkpoints/`, `config.json` and `log.jsonl` (step, seconds of this sitting, loss,
    validation scores). Raises ValueError when the run was begun with other settings, `start` is no
    `look`, or there are no photos.
    """
    patterns = read_weights(weights) if weights else []
    photos = read_photos(folders, patterns, validation=False)
    held_out = read_photos(folders, patterns, validation=True)
    validation = validation_batch(held_out, config.validation_crop, sizes.thumbnail, config.seed)
    write_config(run, config, sizes)
    trainer = Trainer(config, sizes, run)
    if start and int(trainer.step) == 0:
        trainer.take(servable_weights(start, sizes))

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns) as progress, (run / "log.jsonl").open("a") as log:
        done, recent, started = int(trainer.step), [], time.monotonic()
        task = progress.add_task(f"{len(photos)} photos", total=config.steps, completed=done)
        for batch in training_batches(
            photos, config.batch, config.crop, sizes.thumbnail, config.seed, done, config.steps
        ):
            recent.append(trainer.update(batch))
            done += 1
            ending = done == config.steps or stop(done)
            if done % config.validate_every == 0 or ending:
                row: dict[str, float] = {
                    "step": done,
                    "seconds": round(time.monotonic() - started, 1),
                }
                row["loss"] = round(float(np.mean(recent)), 5)
                row |= {
                    name: round(score, 4) for name, score in trainer.validate(validation).items()
                }
                recent = []
                print(json.dumps(row), file=log, flush=True)
                progress.console.print(json.dumps(row), highlight=False, soft_wrap=True)
                progress.update(task, description=f"held out {row['output_psnr']:.2f} dB")
            if done % config.checkpoint_every == 0 or ending:
                trainer.checkpoints.save(done)
            progress.update(task, completed=done)
            if ending:
                break
    return trainer


def write_config(run: Path, config: TrainConfig, sizes: look.LookConfig) -> None:
    """Notes a run's settings in its folder; ValueError when others are noted there."""
    settings = {"train": asdict(config), "look": asdict(sizes)}
    path = run / "config.json"
    if path.exists():
        noted = json.loads(path.read_text())
        pairs = [(part, key) for part in settings for key in settings[part]]
        other = [
            f"{key} {noted[p].get(key)}"
            for p, key in pairs
            if noted[p].get(key) != settings[p][key]
        ]
        if other:
            raise ValueError(f"{run} was begun with other settings: {', '.join(other)}")
    run.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(settings, indent=2) + "\n")


def servable_weights(version: Path, sizes: look.LookConfig) -> look.Weights:
    """The weights of a version of `look` that fit these sizes: all of them, or for another size
    those that both have. ValueError when it is no version of `look`.
    """
    weights = look.new_weights(sizes, 0)
    fitting = {}
    try:
        saved = tf.train.load_checkpoint(str(version / "variables" / "variables"))
        shapes = saved.get_variable_to_shape_map()
        for name, variable in weights.items():
            key = f"weights/{name}/.ATTRIBUTES/VARIABLE_VALUE"
            if shapes.get(key) == variable.shape.as_list():
                variable.assign(saved.get_tensor(key))
                fitting[name] = variable
    except (tf.errors.OpError, ValueError) as error:
        raise ValueError(f"{version} is no servable of look") from error
    if "mind0" not in fitting:
        raise ValueError(f"{version} is no servable of look")
    return fitting


def load_average(run: Path) -> tuple[look.Weights, look.LookConfig, int]:
    """The averaged weights of a run's newest checkpoint, the network's sizes, and the step.
    ValueError without one.
    """
    newest = tf.train.latest_checkpoint(str(run / "checkpoints"))
    if newest is None or not (run / "config.json").exists():
        raise ValueError(f"{run} holds no checkpoint of a training run")
    sizes = look.LookConfig(**json.loads((run / "config.json").read_text())["look"])
    weights, step = look.new_weights(sizes, 0), tf.Variable(0, dtype=tf.int64)
    tf.train.Checkpoint(average=weights, step=step).restore(
        newest
    ).assert_existing_objects_matched().expect_partial()
    return weights, sizes, int(step)
