"""How fast a job goes: frames counted over the recent past, in three numbers and their times.

Whoever reports progress marks the frames that all workers together have done of the job. Two marks
are kept at least WINDOW_S apart, so the speed is always over one to two windows, whatever the
number of workers and however often they report. All times are the database's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WINDOW_S = 10.0
LEAST_S = 1.0
SILENT_S = 20.0


@dataclass(frozen=True)
class Mark:
    """``frames`` done at ``at_s``, in seconds since 1970."""

    at_s: float
    frames: int


@dataclass(frozen=True)
class Pace:
    """The speed is counted from ``since``; ``next_since`` takes its place after a window."""

    since: Mark
    next_since: Mark
    latest: Mark

    @classmethod
    def of(cls, stored: Sequence[Sequence[float]]) -> Pace:
        """The inverse of ``stored``."""
        return cls(*(Mark(at_s, int(frames)) for at_s, frames in stored))

    def stored(self) -> list[list[float]]:
        """Plain lists, for JSON."""
        return [[mark.at_s, mark.frames] for mark in (self.since, self.next_since, self.latest)]

    def frames_per_second(self, now_s: float) -> float | None:
        """None until marks are LEAST_S apart, and when nothing was reported for SILENT_S."""
        elapsed_s = self.latest.at_s - self.since.at_s
        if elapsed_s < LEAST_S or now_s - self.latest.at_s > SILENT_S:
            return None
        return (self.latest.frames - self.since.frames) / elapsed_s


def marked(pace: Pace | None, mark: Mark) -> Pace:
    """``pace`` with one mark more.

    It begins anew after a silence, and when a batch that is done again takes frames back.
    """
    if (
        pace is None
        or mark.at_s - pace.latest.at_s > SILENT_S
        or mark.frames < pace.latest.frames
        or mark.at_s < pace.latest.at_s
    ):
        return Pace(mark, mark, mark)
    if mark.at_s - pace.next_since.at_s >= WINDOW_S:
        return Pace(pace.next_since, mark, mark)
    return Pace(pace.since, pace.next_since, mark)
