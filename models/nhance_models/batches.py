"""What one step of training sees: samples of photographs, filmed by the phone camera."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from nhance_models import camera, canonical, look
from nhance_models.data import PATCH, PATCHES, Photo, Pixels, Sample, draw_sample


@dataclass(frozen=True)
class Batch:
    """N crops and the frames they are of; see `camera.film` and `look.render` for ranges."""

    luma: tf.Tensor  # [N,S,S,1] the crop as filmed
    chroma: tf.Tensor  # [N,S/2,S/2,2]
    thumbnail: tf.Tensor  # [N,64,64,3] the frame as filmed, RGB
    noise: tf.Tensor  # [N,4] measured on patches of the frame
    target: tf.Tensor  # [N,S,S,3] the crop as it should look, RGB 0..1


def make_batch(samples: Sequence[tf.Tensor], seed: tf.Tensor) -> Batch:
    """Films uint8 samples with settings drawn from a seed int32 [2].

    samples: the fields of `data.Sample` in their order, each stacked over N.
    """
    crop, thumbnail, patches = (tf.cast(part, tf.float32) / 255.0 for part in samples)
    shot = camera.draw(crop.shape[0], seed)
    luma, chroma = camera.film(crop, shot, seed + 1)
    patches = tf.reshape(patches, [-1, PATCH, PATCH, 3])
    patch_luma, patch_chroma = camera.film(patches, shot.repeat(PATCHES), seed + 2)
    noise = look.measure_noise(patch_luma, patch_chroma, PATCHES)
    white = camera.blown(crop, shot)
    # The target keeps what was lost to white, and goes through 4:2:0 as the output does.
    target = canonical.to_rgb(*canonical.from_rgb(crop + white * (1.0 - crop)))
    return Batch(
        luma, chroma, camera.thumbnail(thumbnail, shot), noise, tf.clip_by_value(target, 0.0, 1.0)
    )


def training_batches(
    photos: Sequence[Photo], count: int, crop: int, thumbnail: int, seed: int, first: int, last: int
) -> tf.data.Dataset:
    """The batches of steps `first` to `last`, as dicts of Batch's fields.

    Each is drawn from the seed and its own step, whatever came before.
    """

    def gather(step: int) -> list[Pixels]:
        random = np.random.default_rng([seed, int(step)])
        return _stack([draw_sample(photos, random, crop, thumbnail) for _ in range(count)])

    def film(step: tf.Tensor) -> dict[str, tf.Tensor]:
        parts = tf.numpy_function(gather, [step], [tf.uint8] * 3)
        shapes = [
            [count, crop, crop, 3],
            [count, 2 * thumbnail, 2 * thumbnail, 3],
            [count, PATCHES, PATCH, PATCH, 3],
        ]
        shaped = [tf.ensure_shape(part, shape) for part, shape in zip(parts, shapes, strict=True)]
        # Sixteen apart, because make_batch uses the neighbours of its seed.
        return vars(make_batch(shaped, tf.stack([seed, 16 * tf.cast(step, tf.int32)])))

    return tf.data.Dataset.range(first, last).map(film, num_parallel_calls=1).prefetch(3)


def validation_batch(photos: Sequence[Photo], crop: int, thumbnail: int, seed: int) -> Batch:
    """One fixed crop of every photo, filmed with fixed settings."""
    random = np.random.default_rng(seed)
    parts = _stack([draw_sample([photo], random, crop, thumbnail) for photo in photos])
    return make_batch([tf.constant(part) for part in parts], tf.constant([1, 1], tf.int32))


def _stack(samples: Sequence[Sample]) -> list[Pixels]:
    return [
        np.stack([getattr(s, part) for s in samples]) for part in ("crop", "thumbnail", "patches")
    ]
