"""Photographs for training: read once, kept in memory as bytes, cropped by seed.

A training sample is a *frame* (a large window of a photo, as a thumbnail and a few patches of it
see it) and a *crop* of that frame at a random scale, so that the network meets noise and detail at
many sizes.
"""

import csv
import fnmatch
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

Pixels = npt.NDArray[np.uint8]

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
HELD_OUT = 0.1  # share of the photos that training never sees
LONG_SIDE = 1280  # larger photos are reduced to this, so that each takes at most 4.9 MB
SMALL_SIDE = 400
PATCHES, PATCH = 6, 32  # patches of a frame from which its noise is measured, and their side


@dataclass(frozen=True)
class Photo:
    """One photo: `pixels` uint8 [H,W,3], sRGB, and how often it is drawn relative to the others."""

    name: str
    pixels: Pixels
    weight: float
    small: Pixels  # reduced to SMALL_SIDE, from which the whole frame is seen


@dataclass(frozen=True)
class Sample:
    """One draw, all of it uint8 sRGB."""

    crop: Pixels  # [S,S,3]
    thumbnail: Pixels  # [2T,2T,3], the whole frame
    patches: Pixels  # [PATCHES,PATCH,PATCH,3], from all over the frame


def held_out(name: str) -> bool:
    """Whether a photo is kept for measuring: its file name alone decides, so every run agrees."""
    digest = hashlib.sha256(Path(name).stem.encode()).digest()
    return int.from_bytes(digest[:4]) / 2**32 < HELD_OUT


def read_weights(path: Path) -> list[tuple[str, float]]:
    """(pattern, weight) rows of a CSV; the first that fits a file's stem counts, else 1."""
    with path.open(newline="") as file:
        return [(row["pattern"], float(row["weight"])) for row in csv.DictReader(file)]


def read_photo(path: Path, long_side: int = LONG_SIDE) -> Pixels:
    """A photo as sRGB uint8 [H,W,3], upright, reduced to `long_side` if larger.

    ValueError when it can't be read.
    """
    try:
        with Image.open(path) as image:
            image.draft("RGB", (long_side, long_side))
            rgb = ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, SyntaxError) as error:
        raise ValueError(f"{path} can't be read as a picture: {error}") from error
    if max(rgb.size) > long_side:
        rgb.thumbnail((long_side, long_side), Image.Resampling.BOX)
    return np.asarray(rgb)


def read_photos(
    folders: Sequence[Path],
    weights: Sequence[tuple[str, float]] = (),
    *,
    validation: bool,
    at_least: int = 256,
) -> list[Photo]:
    """The photos of `folders` (not of their subfolders) on one side of the split, in order of name.

    Leaves out those of weight 0 and those whose short side is under `at_least` pixels. Raises
    ValueError when nothing is left, or one can't be read.
    """
    paths = sorted(
        (p for d in folders for p in d.iterdir() if p.suffix.lower() in SUFFIXES),
        key=lambda p: p.name,
    )
    photos = []
    for path in paths:
        weight = next((w for pattern, w in weights if fnmatch.fnmatch(path.stem, pattern)), 1.0)
        if weight <= 0 or held_out(path.name) != validation:
            continue
        pixels = read_photo(path)
        if min(pixels.shape[:2]) >= at_least:
            photos.append(Photo(path.stem, pixels, weight, _reduced(pixels)))
    if not photos:
        side = "held-out" if validation else "training"
        raise ValueError(
            f"no {side} photos of at least {at_least} px in {', '.join(map(str, folders))}"
        )
    return photos


def _reduced(pixels: Pixels) -> Pixels:
    image = Image.fromarray(pixels)
    image.thumbnail((SMALL_SIDE, SMALL_SIDE), Image.Resampling.BOX)
    return np.asarray(image)


def draw_sample(
    photos: Sequence[Photo], random: np.random.Generator, crop: int, thumbnail: int
) -> Sample:
    """One sample; the same generator state gives the same sample."""
    weights = np.array([p.weight for p in photos])
    photo = photos[random.choice(len(photos), p=weights / weights.sum())]
    height, width = photo.pixels.shape[:2]
    image, small = Image.fromarray(photo.pixels), Image.fromarray(photo.small)
    across, down = small.width / width, small.height / height

    # The frame: 40 to 100 % of each side. The crop covers crop/scale pixels of it.
    share = random.uniform(0.4, 1.0, 2)
    side = min(crop / random.uniform(0.4, 1.0), height * share[0], width * share[1])
    share_w, share_h = share if height > width else share[::-1]
    frame_w, frame_h = max(width * share_w, side), max(height * share_h, side)
    left, top = random.uniform(0, width - frame_w), random.uniform(0, height - frame_h)
    scale = side / crop

    def cut(x: float, y: float, w: float, h: float, out: tuple[int, int]) -> Pixels:
        box = (x, y, min(x + w, width), min(y + h, height))
        reduction = Image.Resampling.BOX if w > 2 * out[0] else Image.Resampling.HAMMING
        return np.asarray(image.resize(out, reduction, box))

    def place(size: float) -> tuple[float, float]:
        return left + random.uniform(0, frame_w - size), top + random.uniform(0, frame_h - size)

    tile = PATCH * scale
    frame = (left * across, top * down, (left + frame_w) * across, (top + frame_h) * down)
    whole = (*frame[:2], min(frame[2], small.width), min(frame[3], small.height))
    sample = [
        cut(*place(side), side, side, (crop, crop)),
        np.asarray(small.resize((2 * thumbnail,) * 2, Image.Resampling.BOX, whole)),
        np.stack([cut(*place(tile), tile, tile, (PATCH, PATCH)) for _ in range(PATCHES)]),
    ]
    if random.random() < 0.5:
        sample = [part[..., ::-1, :] for part in sample]
    return Sample(*(np.ascontiguousarray(part) for part in sample))
