"""How well models do, beside their input and beside a plain correction, and how little they do to a
good photo.

All pictures pass through one by one; scores are means of PSNR (dB) of RGB 0..1, SSIM of its luma,
and CIEDE2000 (Sharma et al., Color Research and Application 2005; sRGB, D65).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab

from nhance_models import camera, canonical, losses
from nhance_models.colour import Array
from nhance_models.data import Photo, Pixels
from nhance_models.pairs import Pair

# RGB float32 0..1 [1,H,W,3] to the same shape, such as `Loaded.frames`.
Enhance = Callable[[Array], Array]
Methods = Mapping[str, Enhance]
Pictures = tuple[Array, Array]  # an input and what is wanted of it, RGB 0..1 [1,H,W,3]


@dataclass(frozen=True)
class Score:
    """Means over `pictures` of what a method gives, against what is wanted."""

    dataset: str
    method: str
    pictures: int
    psnr: float
    ssim: float
    ciede2000: float


@dataclass(frozen=True)
class Fidelity:
    """How near the output stays to an input that needs nothing: PSNR of the two, dB."""

    method: str
    pictures: int
    mean: float
    least: float
    share_above_30: float


def filmed(photos: Sequence[Photo], seed: int = 1, long_side: int = 640) -> list[Pictures]:
    """Photos as the phone camera films them, the darkest first, and what is wanted of them."""
    found = []
    for number, photo in enumerate(photos):
        target = tf.constant(_reduced(photo, long_side, multiple=16))[None]
        shot = camera.draw(1, tf.constant([seed, number], tf.int32))
        planes = camera.film(target, shot, tf.constant([seed + 1, number], tf.int32))
        frame = np.clip(canonical.to_rgb(*planes), 0.0, 1.0)
        white = camera.blown(target, shot)
        found.append((frame, np.asarray(target + white * (1 - target))))
    return sorted(found, key=lambda pictures: float(pictures[0].mean()))


def through_camera(methods: Methods, filmed: Sequence[Pictures]) -> list[Score]:
    """All that was `filmed`, and the darkest third of it."""
    rows = _compared(methods, filmed)
    dark = {method: found[: max(1, len(found) // 3)] for method, found in rows.items()}
    return [*_scores("camera model", rows), *_scores("its darkest third", dark)]


def pictures_of(pair: Pair) -> Pictures:
    """A pair of photos, at their own size."""
    source, target = pair.read()
    return _unit(source)[None], _unit(target)[None]


def on_pairs(methods: Methods, pairs: Sequence[Pair], dataset: str) -> list[Score]:
    """Pairs of photos, at their own size."""
    return _scores(dataset, _compared(methods, (pictures_of(pair) for pair in pairs)))


def side_by_side(methods: Methods, pictures: Iterable[Pictures]) -> list[dict[str, Array]]:
    """What every method makes of each picture, and what is wanted, by name."""
    return [
        {name: enhance(frame) for name, enhance in methods.items()} | {"wanted": target}
        for frame, target in pictures
    ]


def fidelity(methods: Methods, photos: Sequence[Photo], long_side: int = 640) -> list[Fidelity]:
    """Clean photos with a mean luma of 0.35 to 0.65, given as they are; ValueError without one."""
    frames = [_reduced(photo, long_side)[None] for photo in photos]
    good = [frame for frame in frames if 0.35 <= float(losses.grey(frame).numpy().mean()) <= 0.65]
    if not good:
        raise ValueError("no well exposed photo among those held out")
    found = []
    for method, enhance in methods.items():
        values = np.array([float(losses.psnr(enhance(frame), frame)[0]) for frame in good])
        mean, least = float(values.mean()), float(values.min())
        found.append(Fidelity(method, len(good), mean, least, float((values >= 30).mean())))
    return found


def ciede2000(a: Array, b: Array) -> float:
    """Mean colour difference of two pictures RGB 0..1 [1,H,W,3]."""
    return float(deltaE_ciede2000(rgb2lab(a[0]), rgb2lab(b[0])).mean())


def _compared(methods: Methods, pictures: Iterable[Pictures]) -> dict[str, list[Array]]:
    rows: dict[str, list[Array]] = {method: [] for method in methods}
    for frame, target in pictures:
        for method, enhance in methods.items():
            rgb = np.clip(enhance(frame), 0.0, 1.0)
            structure = losses.ssim(losses.grey(rgb), losses.grey(target))
            row = [losses.psnr(rgb, target)[0], structure[0], ciede2000(rgb, target)]
            rows[method].append(np.array(row, np.float32))
    return rows


def _scores(dataset: str, rows: Mapping[str, list[Array]]) -> list[Score]:
    return [
        Score(dataset, method, len(found), *(float(value) for value in np.mean(found, axis=0)))
        for method, found in rows.items()
    ]


def _reduced(photo: Photo, long_side: int, multiple: int = 1) -> Array:
    image = Image.fromarray(photo.pixels)
    scale = min(1.0, long_side / max(image.size))
    width, height = (max(multiple, int(side * scale) // multiple * multiple) for side in image.size)
    return _unit(np.asarray(image.resize((width, height), Image.Resampling.BOX)))


def _unit(pixels: Pixels) -> Array:
    """Bytes as float32 0..1."""
    return pixels.astype(np.float32) / np.float32(255)
