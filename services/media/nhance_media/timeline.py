"""What was measured of all batches, joined into one course over time, however long the video."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from nhance_kit import report
from nhance_media.measuring import BINS, SAMPLES_A_SECOND, cell_of
from nhance_proto.v1.measured_pb2 import Levels, Sample

MOST_POINTS = 1000
DECIMALS = 5


@dataclass(frozen=True)
class _Point:
    cell: int
    at_s: Fraction
    sample: Sample


class Timeline:
    """Add the samples in order; the same video gives the same course however it was cut.

    A slot of time keeps its first sample. When there are too many points, slots become twice as
    long: the first sample of the longer one is among those that were kept.
    """

    def __init__(self) -> None:
        self._points: list[_Point] = []
        self._cells_a_point = 1
        self._last: int | None = None
        self._histograms = np.zeros((2, BINS))

    def add(self, sample: Sample, time_base: Fraction) -> None:
        cell = cell_of(sample.pts, time_base)
        if self._last is not None and cell <= self._last:
            return  # the batch before has measured this slot
        self._last = cell
        self._histograms += [sample.before.histogram, sample.after.histogram]
        if self._points and self._slot(cell) == self._slot(self._points[-1].cell):
            return
        self._points.append(_Point(cell, sample.pts * time_base, sample))
        if len(self._points) > MOST_POINTS:
            self._cells_a_point *= 2
            self._points = self._thinned()

    def measured(self) -> report.Measured:
        """All of it, as a report tells it."""
        samples = [point.sample for point in self._points]
        before, after = self._histograms
        return report.Measured(
            every_s=self._cells_a_point / SAMPLES_A_SECOND,
            time_s=[round(float(point.at_s), 6) for point in self._points],
            look=[_rounded(sample.look) for sample in samples]
            if any(sample.look for sample in samples)
            else None,
            before=_series([sample.before for sample in samples], before),
            after=_series([sample.after for sample in samples], after),
        )

    def _slot(self, cell: int) -> int:
        return cell // self._cells_a_point

    def _thinned(self) -> list[_Point]:
        first_of_slot: dict[int, _Point] = {}
        for point in self._points:
            first_of_slot.setdefault(self._slot(point.cell), point)
        return list(first_of_slot.values())


def _series(levels: list[Levels], histogram: NDArray[np.float64]) -> report.Series:
    def course(value: Callable[[Levels], float]) -> list[float]:
        return _rounded(map(value, levels))

    return report.Series(
        luma=course(lambda found: found.luma),
        luminance=course(lambda found: found.luminance),
        contrast=course(lambda found: found.contrast),
        spread=course(lambda found: found.spread),
        saturation=course(lambda found: found.saturation),
        noise=course(lambda found: found.noise),
        histogram=_rounded(histogram / max(1, histogram.sum())),
    )


def _rounded(values: Iterable[float]) -> list[float]:
    return [round(float(value), DECIMALS) for value in values]
