"""The look of every frame, from the looks of a few.

It is asked for at the first frame, on both sides of a cut, at the right-hand neighbour's first
frame and at least once a second, and interpolated between. Both sides of a batch's seam thus use
the same look of the same pixels, and it never jumps but where the picture does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]
Look = NDArray[np.float32]
P = TypeVar("P", bound="Picture")

LONGEST_SPAN_S = 1.0
# How far, in codes of 8 bits, the pixels' luma and chroma move on average at a cut. In real videos
# that were looked at, cuts moved them by 20 and more, anything else by 10 at most: a hand that
# shook a camera of a few frames a second, and a fade. A flash counts as a cut, and rightly: the
# light is another.
CUT_CODES = 15.0
BINS, BIN_CODES = 32, 8
SAMPLED = 8
# Looks that differ by no more, as a share of their root mean square, stand for the same picture
# under other noise: of `look`, 95 % of the pairs a second apart in still scenes differ by less.
SAME_SHARE = 0.03


@dataclass(frozen=True)
class Picture:
    """A frame as a model sees it; times are in ticks.

    luma: uint8 [H,W,1], chroma: uint8 [⌈H/2⌉,⌈W/2⌉,2].
    """

    pts: int
    duration: int
    luma: Plane
    chroma: Plane


def distribution(picture: Picture) -> NDArray[np.float64]:
    """Shares of the codes up to each of 32 steps: of luma, Cb and Cr, from every 64th pixel."""
    return np.stack(
        [
            _cumulative(picture.luma[::SAMPLED, ::SAMPLED, 0]),
            *(_cumulative(picture.chroma[:: SAMPLED // 2, :: SAMPLED // 2, i]) for i in (0, 1)),
        ]
    )


def _cumulative(codes: Plane) -> NDArray[np.float64]:
    counts = np.bincount(codes.ravel() // BIN_CODES, minlength=BINS)
    return np.cumsum(counts) / codes.size


def is_cut(before: NDArray[np.float64], after: NDArray[np.float64]) -> bool:
    """Whether two distributions belong to different shots: by the earth mover's distance, which in
    one dimension is the area between the cumulative shares (Rubner et al., IJCV 2000).
    """
    moved = BIN_CODES * np.abs(after - before).sum(axis=1)
    return float(np.linalg.norm(moved)) > CUT_CODES


def is_same(look: Look, following: Look) -> bool:
    """Whether two looks differ by no more than noise makes them differ."""
    moved = float(np.sqrt(np.mean((following - look) ** 2)))
    return moved <= SAME_SHARE * float(np.sqrt(np.mean(look**2)))


def with_looks(
    pictures: Iterable[P],
    end_pts: int,
    time_base: Fraction,
    most_frames: int,
    look_of: Callable[[Picture], Look],
) -> Iterator[tuple[P, Look]]:
    """Each picture before ``end_pts`` with its look, float32 [K].

    Holds back the pictures of one span: a second, or ``most_frames``. A picture at or after
    ``end_pts`` is the neighbour's: its look is used, and it is not given back.
    """
    span: list[P] = []
    look: Look | None = None
    seen: NDArray[np.float64] | None = None
    for picture in pictures:
        codes = distribution(picture)
        if seen is not None and is_cut(seen, codes):
            yield from _between(span, look, look_of)
            span, look = [], None
        seen = codes
        if look is None:
            look = look_of(picture)
        elif (
            picture.pts >= end_pts
            or float((picture.pts - span[0].pts) * time_base) >= LONGEST_SPAN_S
            or len(span) >= most_frames
        ):
            following = look_of(picture)
            if picture.pts < end_pts and is_same(look, following):
                following = look
            yield from _interpolated(span, look, following, picture.pts)
            span, look = [], following
        if picture.pts >= end_pts:
            return
        span.append(picture)
    yield from _between(span, look, look_of)


def _between(
    span: list[P], look: Look | None, look_of: Callable[[Picture], Look]
) -> Iterator[tuple[P, Look]]:
    """A span that nothing follows: its last picture has a look of its own."""
    if span and look is not None:
        last = span[-1]
        following = look_of(last) if len(span) > 1 else look
        yield from _interpolated(span, look, following, last.pts)


def _interpolated(
    span: list[P], look: Look, following: Look, following_pts: int
) -> Iterator[tuple[P, Look]]:
    """Linear in time from ``look`` at the span's first picture to ``following``."""
    start = span[0].pts if span else 0
    length = max(1, following_pts - start)
    for picture in span:
        share = np.float32((picture.pts - start) / length)
        yield picture, look + (following - look) * share
