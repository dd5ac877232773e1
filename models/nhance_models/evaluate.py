"""How well a servable does, and how little it does to a good photo.

All pictures pass through `serving_default` one by one; scores are PSNR (dB) and SSIM of RGB 0..1
and of its luma.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image

from nhance_models import camera, canonical, losses
from nhance_models.colour import Array
from nhance_models.data import SUFFIXES, Photo, Pixels, read_photo

# RGB float32 0..1 [1,H,W,3] to the same shape: `Loaded.frames`.
Enhance = Callable[[Array], Array]


@dataclass(frozen=True)
class Score:
    """Means over `pictures` of the input's and the output's distance to what is wanted."""

    name: str
    pictures: int
    input_psnr: float
    output_psnr: float
    input_ssim: float
    output_ssim: float


@dataclass(frozen=True)
class Fidelity:
    """How near the output stays to an input that needs nothing: PSNR of the two, dB."""

    pictures: int
    mean: float
    least: float
    share_above_30: float


def through_camera(
    enhance: Enhance, photos: Sequence[Photo], seed: int = 1, long_side: int = 640
) -> list[Score]:
    """Photos filmed by the phone camera, all of them and the third whose input is darkest."""
    rows = []
    for number, photo in enumerate(photos):
        target = tf.constant(_reduced(photo, long_side, multiple=16))[None]
        shot = camera.draw(1, tf.constant([seed, number], tf.int32))
        filmed = camera.film(target, shot, tf.constant([seed + 1, number], tf.int32))
        frame = tf.clip_by_value(canonical.to_rgb(*filmed), 0.0, 1.0)
        white = camera.blown(target, shot)
        rows.append(
            (float(tf.reduce_mean(frame)), _compare(enhance, frame, target + white * (1 - target)))
        )
    rows.sort(key=lambda row: row[0])
    scores = np.array([row[1] for row in rows])
    return [
        _score("camera model", scores),
        _score("its darkest third", scores[: max(1, len(rows) // 3)]),
    ]


def retouched(enhance: Enhance, folder: Path) -> Score:
    """Pairs `NAME_input.*` and `NAME_expert.*` of one size; ValueError when there are none."""
    inputs = sorted(
        p for p in folder.iterdir() if p.stem.endswith("_input") and p.suffix.lower() in SUFFIXES
    )
    scores = []
    for path in inputs:
        expert = path.with_name(path.name.replace("_input", "_expert"))
        scores.append(_compare(enhance, *(_unit(read_photo(p))[None] for p in (path, expert))))
    if not scores:
        raise ValueError(f"{folder} holds no pairs NAME_input and NAME_expert")
    return _score("retouched pairs", np.array(scores))


def fidelity(enhance: Enhance, photos: Sequence[Photo], long_side: int = 640) -> Fidelity:
    """Clean photos with a mean luma of 0.35 to 0.65, given as they are."""
    values = []
    for photo in photos:
        frame = tf.constant(_reduced(photo, long_side))[None]
        if 0.35 <= float(tf.reduce_mean(losses.grey(frame))) <= 0.65:
            values.append(float(losses.psnr(enhance(frame), frame)[0]))
    if not values:
        raise ValueError("no well exposed photo among those held out")
    return Fidelity(
        len(values), float(np.mean(values)), min(values), float(np.mean(np.array(values) >= 30))
    )


def _compare(enhance: Enhance, frame: tf.Tensor, target: tf.Tensor) -> list[float]:
    row = []
    for rgb in (frame, enhance(frame)):
        rgb = tf.clip_by_value(rgb, 0.0, 1.0)
        row += [
            float(losses.psnr(rgb, target)[0]),
            float(losses.ssim(losses.grey(rgb), losses.grey(target))[0]),
        ]
    return row


def _score(name: str, rows: Array) -> Score:
    input_psnr, input_ssim, output_psnr, output_ssim = (float(value) for value in rows.mean(axis=0))
    return Score(name, len(rows), input_psnr, output_psnr, input_ssim, output_ssim)


def _reduced(photo: Photo, long_side: int, multiple: int = 1) -> Array:
    image = Image.fromarray(photo.pixels)
    scale = min(1.0, long_side / max(image.size))
    width, height = (max(multiple, int(side * scale) // multiple * multiple) for side in image.size)
    return _unit(np.asarray(image.resize((width, height), Image.Resampling.BOX)))


def _unit(pixels: Pixels) -> Array:
    """Bytes as float32 0..1."""
    return pixels.astype(np.float32) / np.float32(255)
