"""A course over time that is bounded, and the same however the video was cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np

from nhance_media.measuring import BINS, cell_of
from nhance_media.timeline import MOST_POINTS, Timeline
from nhance_proto.v1.measured_pb2 import Levels, Sample

TICK = Fraction(1, 90_000)


def sample(pts: int, luma: float, look: Sequence[float] = ()) -> Sample:
    histogram = np.bincount([int(luma * BINS)], minlength=BINS).tolist()
    levels = Levels(luma=luma, histogram=histogram)
    return Sample(pts=pts, before=levels, after=levels, look=look)


def firsts(frames: Sequence[int]) -> Iterator[Sample]:
    """What a batch measures of frames at these times."""
    last = None
    for pts in frames:
        cell = cell_of(pts, TICK)
        if last is None or cell > last:
            yield sample(pts, (pts // 3000) % 32 / 32)
        last = cell


def test_batches_agree_with_one_that_is_not_cut() -> None:
    frames = [3000 * n for n in range(300)]
    whole, cut = Timeline(), Timeline()

    for found in firsts(frames):
        whole.add(found, TICK)
    for start in range(0, 300, 7):
        for found in firsts(frames[start : start + 7]):
            cut.add(found, TICK)

    assert whole.measured() == cut.measured()
    assert [n / 2 for n in range(20)] == whole.measured().time_s


def test_ten_hours_are_bounded_and_every_sample_counts_in_the_histogram() -> None:
    timeline = Timeline()
    for half_second in range(72_000):
        timeline.add(sample(45_000 * half_second, 0.25 if half_second % 4 else 0.75), TICK)

    found = timeline.measured()

    assert MOST_POINTS / 2 < len(found.time_s) <= MOST_POINTS
    assert {found.every_s} == set(np.diff(found.time_s))
    assert (0.75, 0.25) == (found.after.histogram[8], found.after.histogram[24])


def test_the_look_is_told_where_there_is_one() -> None:
    with_look, without = Timeline(), Timeline()
    with_look.add(sample(0, 0.5, [0.25, -1.0]), TICK)
    without.add(sample(0, 0.5), TICK)

    assert ([[0.25, -1.0]], None) == (with_look.measured().look, without.measured().look)
