"""A model adapted to another phone, from pairs of that phone and a better camera."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from PIL import Image

from nhance_models import canonical, dped, dped_training, look, precision, runs, servable, train
from nhance_models.batches import Batch
from nhance_models.colour import Array
from nhance_models.data import Pixels
from nhance_models.pairs import Pair, draw_window, read_pairs
from nhance_models.sizes import PRESETS, LookConfig

LOOK = train.TrainConfig(
    steps=3000, crop=128, learning_rate=5e-4, checkpoint_every=200, validate_every=200
)
DPED = dped_training.DpedConfig(
    steps=1200,
    batch=4,
    patch=128,
    least=0.5,
    checkpoint_every=50,
    validate_every=100,
    losses=dped_training.FINE_TUNING,
)
_VALIDATED = 384  # most pixels of the square in a photo's middle that `look` is validated on


def read_model(model: Path) -> dped_training.Generator | tuple[look.Weights, LookConfig]:
    """The weights of a version of `look` or of DPED, or of a published DPED checkpoint.

    ValueError when it is none of these.
    """
    for sizes in PRESETS.values():
        try:
            weights = train.servable_weights(model, sizes)
        except ValueError:
            break
        if len(weights) == len(look.new_weights(sizes, 0)):
            return weights, sizes
    try:
        return dped_training.servable_generator(model)
    except ValueError:
        pass
    try:
        return dped_training.as_generator(dped.load_checkpoint(model))
    except ValueError as error:
        raise ValueError(
            f"{model} is neither a version of look or DPED nor a published DPED checkpoint"
        ) from error


def adapt(
    model: Path,
    pairs: Path,
    run: Path,
    *,
    held_back: str | None = None,
    content: Path | None = None,
    steps: int | None = None,
    patience: int = 0,
    seed: int = 7,
    stop: runs.Stop = lambda step: False,
) -> servable.Servable:
    """Trains in the folder `run`, or goes on there, and returns the state that validated best.

    Raises ValueError when `model` can't be adapted, the run was begun with other settings, or the
    folder of pairs lacks some on a side of the split (`read_pairs`).
    """
    training, validation = (read_pairs(pairs, held_back, validation=side) for side in (False, True))
    found = read_model(model)
    files = {"from": model, "pairs": pairs, "features": content}
    begun = {key: str(path.resolve()) if path else None for key, path in files.items()}
    begun["held_back"] = held_back
    chosen: dict[str, Any] = {"seed": seed} | ({"steps": steps} if steps else {})
    if isinstance(found, dict):
        dped_config = replace(DPED, batch=precision.batch(DPED.batch), **chosen)
        runs.write_config(run, {"finetune": begun, "dped": asdict(dped_config)})
        dped_training.train_dped(
            dped_config, training, validation, content, run, found, stop, patience
        )
        generator, _ = dped_training.load_average(run, "best")
        return servable.dped_servable({name: value.numpy() for name, value in generator.items()})
    weights, sizes = found
    config = replace(LOOK, batch=precision.batch(LOOK.batch), **chosen)
    runs.write_config(run, {"finetune": begun, "train": asdict(config), "look": asdict(sizes)})
    adapt_look(config, sizes, weights, training, validation, run, patience, stop)
    return servable.look_servable(*train.load_average(run, "best")[:2])


def adapt_look(
    config: train.TrainConfig,
    sizes: LookConfig,
    weights: look.Weights,
    training: Sequence[Pair],
    validation: Sequence[Pair],
    run: Path,
    patience: int,
    stop: runs.Stop,
) -> None:
    """`look` on pairs: the whole photo decides the look, a window of it is rendered."""
    seen, held = (
        [_Seen(pair, sizes.thumbnail) for pair in side] for side in (training, validation)
    )
    shortest = min(extent for pair in held for extent in pair.source.shape[:2])
    square = min(_VALIDATED, shortest // canonical.GRID * canonical.GRID)
    if not square:
        raise ValueError(f"the photos must be {canonical.GRID} pixels high and wide to validate")
    learner = train.LookLearner(config, sizes, _stacked([pair.middle(square) for pair in held]))
    learner.take(weights)

    def batches(first: int, last: int) -> Iterator[runs.Batch]:
        for step in range(first, last):
            random = np.random.default_rng([config.seed, step])
            chosen = random.integers(0, len(seen), config.batch)
            yield vars(_stacked([seen[i].draw(random, config.crop) for i in chosen]))

    schedule = runs.Schedule(config.steps, config.checkpoint_every, config.validate_every, patience)
    runs.train(learner, batches, run, schedule, f"{len(training)} pairs", stop)


class _Seen:
    """A pair, and what a glance at the whole source sees."""

    def __init__(self, pair: Pair, thumbnail: int) -> None:
        self.source, self.target = pair.read()
        small = Image.fromarray(self.source).resize((thumbnail,) * 2, Image.Resampling.BOX)
        self.thumbnail = np.asarray(small, np.float32) / np.float32(255)
        self.noise = look.measure_noise(*canonical.from_rgb(_unit(self.source)))[0].numpy()

    def draw(self, random: np.random.Generator, side: int) -> list[tf.Tensor]:
        """The fields of a Batch, for one window."""
        window = draw_window(self.source.shape[:2], random, side)
        cut = (window.cut(self.source, side), window.cut(self.target, side))
        thumbnail = self.thumbnail[:, ::-1] if window.mirrored else self.thumbnail
        return self._fields(*cut, thumbnail)

    def middle(self, side: int) -> list[tf.Tensor]:
        """The fields of a Batch, for the middle of the photo at its own size."""
        top, left = ((extent - side) // 2 for extent in self.source.shape[:2])
        part = (slice(top, top + side), slice(left, left + side))
        return self._fields(self.source[part], self.target[part], self.thumbnail)

    def _fields(self, source: Pixels, target: Pixels, thumbnail: Array) -> list[tf.Tensor]:
        luma, chroma = canonical.from_rgb(_unit(source))
        return [luma[0], chroma[0], thumbnail, self.noise, _unit(target)[0]]


def _unit(pixels: Pixels) -> tf.Tensor:
    return tf.constant(pixels, tf.float32)[None] / 255.0


def _stacked(samples: Sequence[list[tf.Tensor]]) -> Batch:
    return Batch(*(tf.stack(parts) for parts in zip(*samples, strict=True)))
