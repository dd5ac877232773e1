"""Training of `look`: photographs, a camera that spoils them, a network that repairs them."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from nhance_models import canonical, look, losses, precision, runs, servable
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
    dropout: float = 0.2  # of what the glance hands on
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


def enhance(
    weights: look.Weights,
    sizes: look.LookConfig,
    batch: Batch,
    drop: Callable[[tf.Tensor], tf.Tensor] = tf.identity,
) -> tf.Tensor:
    """The network's answer to a batch, RGB [N,S,S,3]."""
    vector = look.look(weights, batch.thumbnail, batch.noise, drop)
    return canonical.to_rgb(*look.render(weights, sizes, batch.luma, batch.chroma, vector))


class LookLearner:
    """`look` in training: its weights, their moving average, and what it is validated on."""

    def __init__(self, config: TrainConfig, sizes: look.LookConfig, validation: Batch) -> None:
        self.config, self.sizes, self.validation = config, sizes, validation
        self.weights = look.new_weights(sizes, config.seed)
        self.average = {name: tf.Variable(value) for name, value in self.weights.items()}
        self.optimizer = precision.adam(learning_rate(config), self.weights, config.clip_norm)
        self.step = tf.Variable(0, dtype=tf.int64)

    def state(self) -> dict[str, Any]:
        """Weights, their average, the optimiser's state and the step."""
        return {
            "weights": self.weights,
            "average": self.average,
            "optimizer": self.optimizer,
            "step": self.step,
        }

    @tf.function  # type: ignore[untyped-decorator]
    def update(self, batch: dict[str, tf.Tensor]) -> tf.Tensor:
        """One step of Adam (Kingma and Ba, ICLR 2015); returns the loss."""
        inputs = Batch(**batch)

        def drop(x: tf.Tensor) -> tf.Tensor:
            # Seeded by the step, so that a run that goes on forgets the same things.
            seed = tf.stack([tf.constant(self.config.seed, tf.int64), self.step])
            return tf.nn.experimental.stateless_dropout(x, self.config.dropout, seed)

        with tf.GradientTape() as tape:
            rendered = enhance(self.weights, self.sizes, inputs, drop)
            loss = losses.look_loss(rendered, inputs.target)
            scaled = self.optimizer.scale_loss(loss)
        precision.descend(self.optimizer, tape, scaled, self.weights)
        runs.follow(self.average, self.weights, self.config.average, self.step)
        self.step.assign_add(1)
        return loss

    def take(self, weights: look.Weights) -> None:
        """Goes on with other weights; their average begins with them."""
        for name, value in weights.items():
            self.weights[name].assign(value)
            self.average[name].assign(value)

    def validate(self) -> dict[str, float]:
        """PSNR (dB) and SSIM of the averaged weights, beside those of the input."""
        batch = self.validation
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
    stop: runs.Stop = lambda step: False,
) -> LookLearner:
    """Trains in the folder `run`, or goes on there (`runs.train`).

    A new run begins with fresh weights, or with those of the version `start` of a servable as far
    as they fit. Raises ValueError when the run was begun with other settings, `start` is no
    `look`, or there are no photos.
    """
    patterns = read_weights(weights) if weights else []
    photos = read_photos(folders, patterns, validation=False)
    held_out = read_photos(folders, patterns, validation=True)
    validation = validation_batch(held_out, config.validation_crop, sizes.thumbnail, config.seed)
    runs.write_config(run, {"train": asdict(config), "look": asdict(sizes)})
    learner = LookLearner(config, sizes, validation)
    if start:
        learner.take(servable_weights(start, sizes))

    def batches(first: int, last: int) -> tf.data.Dataset:
        return training_batches(
            photos, config.batch, config.crop, sizes.thumbnail, config.seed, first, last
        )

    schedule = runs.Schedule(config.steps, config.checkpoint_every, config.validate_every)
    runs.train(learner, batches, run, schedule, f"{len(photos)} photos", stop)
    return learner


def servable_weights(version: Path, sizes: look.LookConfig) -> look.Weights:
    """The weights of a version of `look` that fit these sizes: all of them, or for another size
    those that both have. ValueError when it is no version of `look`.
    """
    try:
        saved = servable.exported_weights(version)
    except ValueError as error:
        raise ValueError(f"{version} is no servable of look") from error
    fitting = {}
    for name, variable in look.new_weights(sizes, 0).items():
        if name in saved and saved[name].shape == tuple(variable.shape):
            variable.assign(saved[name])
            fitting[name] = variable
    if "mind0" not in fitting:
        raise ValueError(f"{version} is no servable of look")
    return fitting


def load_average(
    run: Path, which: str = "checkpoints"
) -> tuple[look.Weights, look.LookConfig, int]:
    """The averaged weights of a run's newest or best checkpoint, the network's sizes, and the
    step. ValueError without one.
    """
    sizes = look.LookConfig(**runs.read_config(run)["look"])
    weights, step = look.new_weights(sizes, 0), tf.Variable(0, dtype=tf.int64)
    runs.restore(run, which, average=weights, step=step)
    return weights, sizes, int(step)
