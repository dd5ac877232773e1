"""Short stretches of video, reduced in size, as arrays: what steadiness is measured on."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np

from nhance_kit.errors import NhanceError
from nhance_media.decoding import decode
from nhance_media.looks import Picture
from nhance_media.probe import probe
from nhance_media.recutting import frame_batches
from nhance_media.rendition import Rendition, rendition_of
from nhance_media.samples import samples_of
from nhance_media.source import main_video, open_source
from nhance_models.colour import Array
from nhance_models.data import Pixels
from nhance_proto.v1.frame_batch_pb2 import FrameBatch

SUFFIXES = {".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi"}
# Standard deviation of the noise of a still scene, in codes: a phone indoors in the evening.
LUMA_NOISE, CHROMA_NOISE = 5.0, 3.0


@dataclass(frozen=True)
class Clip:
    """The first pictures of a video, and the matrix that its codes want."""

    name: str
    pictures: Sequence[Picture]
    time_base: Fraction
    yuv_to_rgb: Array  # float32 [3,4]


def videos_in(folder: Path) -> list[Path]:
    """The videos of a folder by name; ValueError when there are none."""
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not found:
        raise ValueError(f"no videos in {folder}")
    return found


def read_clip(path: Path, frames: int, long_side: int) -> Clip:
    """The first frames, cut and decoded as ingest and enhance do, reduced to `long_side` at most.

    ValueError, with the reason, for a video that nhance does not take.
    """
    try:
        with path.open("rb") as file, open_source(file) as container:
            video = main_video(container)
            found = probe(container, video, path.stat().st_size)
            factor = -(-max(found.config.width, found.config.height) // long_side)
            batches = frame_batches(found.config, found.time_base, found.packets)
            rendition = rendition_of(found.config, sdr=False)
            pictures = list(islice(_pictures(batches, rendition, factor), frames))
            if not pictures:
                raise ValueError(f"{path.name}: no frame of it can be decoded")
            return Clip(path.name, pictures, found.time_base, rendition.yuv_to_rgb)
    except NhanceError as error:
        raise ValueError(f"{path.name}: {error}") from error


def still(clip: Clip, seed: int) -> Clip:
    """As many pictures of the clip's first one, each with fresh noise, before eight bits."""
    first, random = clip.pictures[0], np.random.default_rng(seed)

    def noisy(plane: Pixels, deviation: float) -> Pixels:
        noise = random.normal(0, deviation, plane.shape)
        return np.clip(np.round(plane + noise), 0, 255).astype(np.uint8)

    def pictures() -> Iterator[Picture]:
        for one in clip.pictures:
            luma, chroma = noisy(first.luma, LUMA_NOISE), noisy(first.chroma, CHROMA_NOISE)
            yield Picture(one.pts, one.duration, luma, chroma)

    return Clip(clip.name, list(pictures()), clip.time_base, clip.yuv_to_rgb)


def _pictures(
    batches: Iterable[FrameBatch], rendition: Rendition, factor: int
) -> Iterator[Picture]:
    for batch in batches:
        for frame in decode(batch):
            if frame.pts is not None and frame.pts < batch.end_pts:
                shown = rendition.show(samples_of(frame))
                yield Picture(frame.pts, frame.duration or 0, *_reduced(*shown, factor))


def _reduced(luma: Pixels, chroma: Pixels, factor: int) -> tuple[Pixels, Pixels]:
    """Means of squares of `factor` pixels; what is left over at the right and below is dropped."""
    if factor == 1:
        return luma, chroma
    rows, columns = (extent // 2 // factor for extent in luma.shape[:2])
    return _means(luma, 2 * rows, 2 * columns, factor), _means(chroma, rows, columns, factor)


def _means(plane: Pixels, rows: int, columns: int, side: int) -> Pixels:
    squares = plane[: rows * side, : columns * side].reshape(rows, side, columns, side, -1)
    means: Pixels = np.round(squares.mean(axis=(1, 3))).astype(np.uint8)
    return means
