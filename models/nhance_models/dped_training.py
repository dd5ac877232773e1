"""Training of DPED: pairs of photos, a generator, and a discriminator of texture.

Ignatov et al., ICCV 2017, §3.1; the weights of the losses are those of the published code. It sums
the loss of texture over a batch of fifty patches; here that is a mean, in the form that does not
saturate (Goodfellow et al., NeurIPS 2014, §3), and so counts for less.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from nhance_models import discriminator, dped, features, losses, precision, runs, servable
from nhance_models.colour import Array
from nhance_models.pairs import Pair, draw_pairs

Generator = dict[str, tf.Variable]
_PATCH = 100 * 100 * 3  # values of a patch, over which the published losses are summed


@dataclass(frozen=True)
class DpedLosses:
    """What each loss counts."""

    content: float = 10.0
    colour: float = 0.5
    texture: float = 1.0
    variation: float = 2000.0
    pixels: float = 0.0  # as colour, without the blur


# Where pairs are few and register well, pixels say more than a discriminator.
FINE_TUNING = DpedLosses(content=1.0, texture=0.0, variation=0.0, pixels=0.5)


@dataclass(frozen=True)
class DpedConfig:
    """Everything that decides a run, but for the pairs."""

    steps: int = 20_000
    batch: int = 8
    patch: int = 100
    least: float = 0.0  # of a photo's short side that a window covers
    learning_rate: float = 5e-4
    average: float = 0.995  # of the moving average of the weights
    seed: int = 7
    checkpoint_every: int = 100
    validate_every: int = 200
    losses: DpedLosses = DpedLosses()


def learning_rate(highest: float, steps: int) -> keras.optimizers.schedules.LearningRateSchedule:
    """Half a cosine to a fiftieth."""
    return keras.optimizers.schedules.CosineDecay(highest, steps, alpha=0.02)


def new_generator(seed: int) -> Generator:
    """Fresh weights as the published code draws them: normal of deviation 0.01, biases 0.01."""
    random = np.random.default_rng(seed)
    weights: dict[str, Array] = {}
    for layer in dped.layers():
        n, outputs = layer.number, layer.outputs
        shape = (layer.kernel, layer.kernel, layer.inputs, outputs)
        weights[f"W{n}"] = random.normal(0.0, 0.01, shape).astype(np.float32)
        weights[f"b{n}"] = np.full(outputs, 0.01, np.float32)
        if layer.normalised:
            weights[f"shift{n}"] = np.zeros(outputs, np.float32)
            weights[f"scale{n}"] = np.ones(outputs, np.float32)
    return as_generator(weights)


def returning_generator(seed: int) -> Generator:
    """Fresh weights that give back what they get, but for the tanh at the end.

    The first three channels carry RGB through: a Dirac delta in every convolution that is not in a
    block (Zagoruyko & Komodakis, "DiracNets", 2017), and blocks that begin with adding nothing. All
    other weights are new_generator's.
    """
    generator = new_generator(seed)
    for layer in dped.layers():
        n = layer.number
        if layer.normalised:
            closes_a_block = n % 2 == 1
            if closes_a_block:
                generator[f"scale{n}"].assign(np.zeros(layer.outputs, np.float32))
            continue
        is_last = layer.outputs == 3
        weights, bias = generator[f"W{n}"].numpy(), np.zeros(layer.outputs, np.float32)
        if is_last:
            weights[:] = 0.0
            bias[:] = -0.5 / 0.58  # what is added and multiplied after the tanh
        weights[..., :3] = 0.0
        for channel in range(3):
            middle = layer.kernel // 2
            weights[middle, middle, channel, channel] = 1 / 0.58 if is_last else 1.0
        generator[f"W{n}"].assign(weights)
        generator[f"b{n}"].assign(bias)
    return generator


def as_generator(weights: Mapping[str, Array]) -> Generator:
    """Weights by the names of `dped.load_checkpoint`, to be trained."""
    return {name: tf.Variable(value, name=name) for name, value in weights.items()}


def servable_generator(version: Path) -> Generator:
    """The weights of a servable of DPED; ValueError when it is none."""
    generator = new_generator(0)
    try:
        saved = servable.exported_weights(version)
        for name, variable in generator.items():
            variable.assign(saved[name])
    except (KeyError, ValueError) as error:
        raise ValueError(f"{version} is no servable of DPED") from error
    return generator


def blurred(rgb: tf.Tensor) -> tf.Tensor:
    """RGB [N,H,W,3] through the Gaussian of DPED's colour loss (eq. 2 and 3), 21x21."""
    around = np.arange(-10, 11)
    taps = np.exp(-(around**2) / (2 * 3.0)) * np.sqrt(0.053)
    column = tf.constant(np.tile(taps[:, None, None, None], (1, 1, 3, 1)), tf.float32)
    once = tf.nn.depthwise_conv2d(rgb, column, [1, 1, 1, 1], "SAME")
    return tf.nn.depthwise_conv2d(once, tf.transpose(column, [1, 0, 2, 3]), [1, 1, 1, 1], "SAME")


def variation(rgb: tf.Tensor) -> tf.Tensor:
    """Total variation (DPED, eq. 6) as the published code counts it: mean squared differences of
    neighbours, across and down.
    """
    across = tf.reduce_mean(tf.square(rgb[:, :, 1:] - rgb[:, :, :-1]))
    return across + tf.reduce_mean(tf.square(rgb[:, 1:] - rgb[:, :-1]))


def squared(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """Half the squared difference of two patches, as the published colour loss counts it."""
    return _PATCH / 2 * tf.reduce_mean(tf.square(a - b))


class DpedLearner:
    """DPED in training."""

    def __init__(
        self,
        config: DpedConfig,
        generator: Generator,
        content: features.Features | None,
        validation: Sequence[tuple[tf.Tensor, tf.Tensor]],
    ) -> None:
        self.config, self.content, self.validation = config, content, validation
        self.generator = generator
        self.average = {name: tf.Variable(value) for name, value in generator.items()}
        self.critic = discriminator.new_weights(config.patch, 1, config.seed)
        self.optimizer, self.critic_optimizer = (
            precision.adam(learning_rate(config.learning_rate, config.steps), weights)
            for weights in (self.generator, self.critic)
        )
        self.step = tf.Variable(0, dtype=tf.int64)

    def state(self) -> dict[str, Any]:
        """Both networks, the generator's average, the optimisers' states and the step."""
        return {
            "generator": self.generator,
            "average": self.average,
            "critic": self.critic,
            "optimizer": self.optimizer,
            "critic_optimizer": self.critic_optimizer,
            "step": self.step,
        }

    @tf.function  # type: ignore[untyped-decorator]
    def update(self, batch: runs.Batch) -> tf.Tensor:
        """One step of Adam for both networks; returns the generator's loss."""
        count = self.config.losses
        source, target = batch["source"], batch["target"]
        with tf.GradientTape(persistent=True) as tape:
            made = dped.generate(self.generator, source)
            loss = count.colour * squared(blurred(made), blurred(target))
            if self.content:
                loss += count.content * features.content_loss(self.content, made, target)
            loss += count.variation * variation(made) + count.pixels * squared(made, target)
            if count.texture:
                critic_loss, deceit = discriminator.losses(
                    self.critic, losses.grey(target), losses.grey(made)
                )
                loss += count.texture * deceit
                critic_loss = self.critic_optimizer.scale_loss(critic_loss)
            scaled = self.optimizer.scale_loss(loss)
        precision.descend(self.optimizer, tape, scaled, self.generator)
        if count.texture:
            precision.descend(self.critic_optimizer, tape, critic_loss, self.critic)
        runs.follow(self.average, self.generator, self.config.average, self.step)
        self.step.assign_add(1)
        return loss

    def validate(self) -> runs.Row:
        """PSNR (dB) and SSIM of the averaged generator, beside those of its input."""
        return scores(lambda rgb: dped.generate(self.average, rgb), self.validation)


def scores(
    enhance: Callable[[tf.Tensor], tf.Tensor], pairs: Sequence[tuple[tf.Tensor, tf.Tensor]]
) -> runs.Row:
    """Mean PSNR (dB) and SSIM over pairs RGB 0..1 [1,H,W,3], of the input and of the output."""
    rows = []
    for source, target in pairs:
        row = {}
        for name, rgb in (("input", source), ("output", enhance(source))):
            rgb = tf.clip_by_value(rgb, 0.0, 1.0)
            row[f"{name}_psnr"] = float(losses.psnr(rgb, target)[0])
            row[f"{name}_ssim"] = float(losses.ssim(losses.grey(rgb), losses.grey(target))[0])
        rows.append(row)
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


def validation_pairs(
    pairs: Sequence[Pair], most: int = 10, long_side: int = 400
) -> list[tuple[tf.Tensor, tf.Tensor]]:
    """The first `most` pairs, reduced: RGB 0..1 [1,h,w,3] each."""
    found = []
    for pair in pairs[:most]:
        reduced = []
        for pixels in pair.read():
            rgb = tf.constant(pixels, tf.float32)[None] / 255.0
            scale = min(1.0, long_side / max(pixels.shape[:2]))
            size = [round(side * scale) for side in pixels.shape[:2]]
            reduced.append(tf.image.resize(rgb, size, "area"))
        found.append((reduced[0], reduced[1]))
    return found


def train_dped(
    config: DpedConfig,
    training: Sequence[Pair],
    validation: Sequence[Pair],
    content: Path | None,
    run: Path,
    generator: Generator | None = None,
    stop: runs.Stop = lambda step: False,
    patience: int = 0,
) -> DpedLearner:
    """Trains in the folder `run`, or goes on there (`runs.train`), from `generator` or afresh.

    `content` is the weights file of a feature network; without one there is no content loss.
    Raises ValueError when the run was begun with other settings, or a pair differs in size.
    """
    runs.write_config(run, {"dped": asdict(config)})
    learner = DpedLearner(
        config,
        generator or new_generator(config.seed),
        features.load(content) if content else None,
        validation_pairs(validation),
    )

    def batches(first: int, last: int) -> Iterator[runs.Batch]:
        for step in range(first, last):
            random = np.random.default_rng([config.seed, step])
            drawn = draw_pairs(training, random, config.batch, config.patch, config.least)
            source, target = (tf.constant(part, tf.float32) / 255.0 for part in drawn)
            yield {"source": source, "target": target}

    schedule = runs.Schedule(config.steps, config.checkpoint_every, config.validate_every, patience)
    runs.train(learner, batches, run, schedule, f"{len(training)} pairs", stop)
    return learner


def load_average(run: Path, which: str = "checkpoints") -> tuple[Generator, int]:
    """The averaged generator of a run's newest or best checkpoint, and its step; ValueError
    without one.
    """
    generator, step = new_generator(0), tf.Variable(0, dtype=tf.int64)
    runs.restore(run, which, average=generator, step=step)
    return generator, int(step)
