"""Source and enhanced in one picture, on the NV12 planes, upright: the source is on the left.

The comparison is encoded anyway, so its pixels are turned instead of carrying a display matrix:
not every browser knows what to do with one that reflects.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from nhance_kit.jobs import Comparison
from nhance_media.batches import fraction, rational
from nhance_media.colour import FULL_RANGE
from nhance_media.samples import Plane
from nhance_media.upright import Orientation
from nhance_proto.v1.frame_batch_pb2 import VideoConfig

Picture = tuple[Plane, Plane]

WHITE, WHITE_FULL, COLOURLESS = 235, 255, 128
# What H.264 decoders in hardware, and so browsers on phones, take at most along one side.
MOST_EXTENT = 4096
SWIPE_S = 4


class Composer:
    """``split``: one frame, source on the left of its middle; ``swipe``: of a line that crosses the
    picture and comes back every four seconds; ``side``: both whole.

    ``target`` describes what comes out, given what the stored pictures are like. A picture longer
    than MOST_EXTENT is scaled down by the least whole number that helps.
    """

    def __init__(self, kind: Comparison, stored: VideoConfig, matrix: Sequence[int] | None) -> None:
        self._kind = kind
        self._orientation = Orientation.of(matrix)
        self._line = WHITE_FULL if stored.color_range == FULL_RANGE else WHITE
        self.target = VideoConfig()
        self.target.CopyFrom(stored)
        aspect = fraction(stored.sample_aspect_ratio)
        if self._orientation.turned and aspect:
            self.target.sample_aspect_ratio.CopyFrom(rational(1 / aspect))

    def compose(self, source: Picture, enhanced: Picture, at_s: Fraction) -> Picture:
        """Both in one, at a time of the video.

        luma: uint8 [H,W,1], chroma: uint8 [⌈H/2⌉,⌈W/2⌉,2], as stored; the result's size is even.
        """
        first, second = (self._prepared(picture) for picture in (source, enhanced))
        if self._kind is Comparison.SIDE:
            luma, chroma = (
                np.concatenate(pair, axis=1) for pair in zip(first, second, strict=True)
            )
            return luma, chroma
        share = swiped(at_s) if self._kind is Comparison.SWIPE else Fraction(1, 2)
        at = int(first[1].shape[1] * share)
        return (
            _spliced(first[0], second[0], 2 * at, self._line),
            _spliced(first[1], second[1], at, COLOURLESS),
        )

    def _prepared(self, picture: Picture) -> Picture:
        luma, chroma = (self._orientation.upright(plane) for plane in picture)
        grown = [(0, 2 * c - y) for y, c in zip(luma.shape[:2], chroma.shape[:2], strict=True)]
        if any(after for _, after in grown):
            luma = np.pad(luma, (*grown, (0, 0)), mode="edge")
        height, width = luma.shape[:2]
        extent = max(height, 2 * width if self._kind is Comparison.SIDE else width)
        factor = -(-extent // MOST_EXTENT)
        return (luma, chroma) if factor == 1 else _reduced(luma, chroma, factor)


def swiped(at_s: Fraction) -> Fraction:
    """Where the line of a swipe stands, 0 (left) … 1, at a time of the video.

    It depends on nothing else, so that batches that are enhanced apart agree.
    """
    return 1 - abs(1 - 2 * (at_s % SWIPE_S) / SWIPE_S)


def _spliced(first: Plane, second: Plane, at: int, line: int) -> Plane:
    """``first`` up to column ``at``, a thin line, and ``second`` from there on."""
    whole = np.concatenate([first[:, :at], second[:, at:]], axis=1)
    whole[:, max(0, at - 1) : at + 1] = line
    return whole


def _reduced(luma: Plane, chroma: Plane, factor: int) -> Picture:
    """Means of factor × factor; what is left over at the right and at the bottom is cut off."""
    rows, columns = (extent // factor for extent in chroma.shape[:2])
    return _means(luma, 2 * rows, 2 * columns, factor), _means(chroma, rows, columns, factor)


def _means(plane: Plane, rows: int, columns: int, factor: int) -> Plane:
    whole = plane[: rows * factor, : columns * factor]
    boxes = whole.reshape(rows, factor, columns, factor, -1)
    area = factor * factor
    means: Plane = ((boxes.sum(axis=(1, 3), dtype=np.uint32) + area // 2) // area).astype(np.uint8)
    return means
