"""Training of WESPE: two cameras' photos that show nothing in common.

Ignatov et al., "WESPE: Weakly Supervised Photo Enhancer for Digital Cameras", CVPRW 2018, §3: a
generator G enhances, a second one F takes the enhanced photo back, and what returns must have the
content of what went in. One critic tells the cameras apart by colour (blurred RGB), one by texture
(luma). Both generators are DPED's network.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from nhance_models import discriminator, dped, features, losses, precision, runs
from nhance_models.dped_training import (
    Generator,
    blurred,
    learning_rate,
    returning_generator,
    scores,
    variation,
)
from nhance_models.pairs import draw_photos


@dataclass(frozen=True)
class WespeConfig:
    """Everything that decides a run, but for the photos."""

    steps: int = 600
    # Both generators begin with returning what they get, because critics learn nothing from noise;
    # the first steps see to what the tanh lacks (an initialisation phase: CartoonGAN, CVPR 2018,
    # §3.3), while the critics learn.
    settling: int = 30
    # Many small pictures: how bright photos are differs more from one to the next than from one
    # camera to the other.
    batch: int = 16
    patch: int = 32
    least: float = 0.5  # of a photo's short side that a window covers
    learning_rate: float = 2e-4  # of the generators
    critics_rate: float = 5e-4
    average: float = 0.99  # of the moving average of G
    seed: int = 7
    checkpoint_every: int = 100
    validate_every: int = 100
    # Of the losses, with content as 1. Published (§3.4) are 5e-3 and 10, for features whose
    # distances are larger: with these here, variation alone would decide, and take the contrast.
    adversarial: float = 3e-2
    variation: float = 0.1
    settled: float = 10.0  # of returning what came, in the first steps


class WespeLearner:
    """G, F and the two critics in training."""

    def __init__(
        self,
        config: WespeConfig,
        generator: Generator,
        content: features.Features,
        validation: Sequence[tuple[tf.Tensor, tf.Tensor]],
    ) -> None:
        self.config, self.content, self.validation = config, content, validation
        self.generator = generator
        self.backward = returning_generator(config.seed + 1)
        self.average = {name: tf.Variable(value) for name, value in generator.items()}
        self.colour = discriminator.new_weights(config.patch, 3, config.seed, normalised=False)
        self.texture = discriminator.new_weights(config.patch, 1, config.seed)
        self.makers = {f"G{name}": weight for name, weight in generator.items()}
        self.makers |= {f"F{name}": weight for name, weight in self.backward.items()}
        self.critics = {f"colour_{name}": weight for name, weight in self.colour.items()}
        self.critics |= {f"texture_{name}": weight for name, weight in self.texture.items()}
        self.optimizer, self.critic_optimizer = (
            precision.adam(learning_rate(rate, config.steps), weights)
            for rate, weights in (
                (config.learning_rate, self.makers),
                (config.critics_rate, self.critics),
            )
        )
        self.step = tf.Variable(0, dtype=tf.int64)

    def state(self) -> dict[str, Any]:
        """All networks, the average of G, the optimisers' states and the step."""
        return {
            "makers": self.makers,
            "critics": self.critics,
            "average": self.average,
            "optimizer": self.optimizer,
            "critic_optimizer": self.critic_optimizer,
            "step": self.step,
        }

    @tf.function  # type: ignore[untyped-decorator]
    def update(self, batch: runs.Batch) -> tf.Tensor:
        """One step of Adam for generators and critics; returns the generators' loss."""
        config, phone, camera = self.config, batch["phone"], batch["camera"]
        settling = tf.cast(self.step < config.settling, tf.float32)
        with tf.GradientTape(persistent=True) as tape:
            made = dped.generate(self.generator, phone)
            returned = dped.generate(self.backward, made)
            by_colour, colour_deceit = discriminator.losses(
                self.colour, blurred(camera), blurred(made)
            )
            by_texture, texture_deceit = discriminator.losses(
                self.texture, losses.grey(camera), losses.grey(made)
            )
            loss = features.content_loss(self.content, phone, returned)
            loss += config.variation * variation(made)
            loss += (1.0 - settling) * config.adversarial * (colour_deceit + texture_deceit)
            kept = losses.charbonnier(made, phone) + losses.charbonnier(returned, phone)
            loss += settling * config.settled * kept
            scaled = self.optimizer.scale_loss(loss)
            critic_loss = self.critic_optimizer.scale_loss(by_colour + by_texture)
        precision.descend(self.optimizer, tape, scaled, self.makers)
        precision.descend(self.critic_optimizer, tape, critic_loss, self.critics)
        runs.follow(self.average, self.generator, config.average, self.step)
        self.step.assign_add(1)
        return loss

    def validate(self) -> runs.Row:
        """PSNR (dB) and SSIM of G's average on pairs, beside those of its input."""
        return scores(lambda rgb: dped.generate(self.average, rgb), self.validation)


def train_wespe(
    config: WespeConfig,
    phone: Sequence[Path],
    camera: Sequence[Path],
    validation: Sequence[tuple[tf.Tensor, tf.Tensor]],
    content: Path,
    run: Path,
    generator: Generator | None = None,
    stop: runs.Stop = lambda step: False,
) -> WespeLearner:
    """Trains in the folder `run`, or goes on there (`runs.train`), from `generator` or afresh.

    `phone` and `camera` are photos that need not show the same; `validation` are pairs, which only
    measure; `content` is the weights file of a feature network. Raises ValueError when the run was
    begun with other settings.
    """
    runs.write_config(run, {"wespe": asdict(config)})
    learner = WespeLearner(
        config, generator or returning_generator(config.seed), features.load(content), validation
    )

    def batches(first: int, last: int) -> Iterator[runs.Batch]:
        for step in range(first, last):
            random = np.random.default_rng([config.seed, step])
            drawn = {
                name: draw_photos(photos, random, config.batch, config.patch, config.least)
                for name, photos in (("phone", phone), ("camera", camera))
            }
            yield {name: tf.constant(part, tf.float32) / 255.0 for name, part in drawn.items()}

    schedule = runs.Schedule(config.steps, config.checkpoint_every, config.validate_every)
    label = f"{len(phone)} and {len(camera)} photos"
    runs.train(learner, batches, run, schedule, label, stop)
    return learner
