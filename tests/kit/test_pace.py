"""Frames per second, counted over one to two windows."""

from __future__ import annotations

import pytest

from nhance_kit.pace import SILENT_S, WINDOW_S, Mark, Pace, marked


def paced(*marks: tuple[float, int]) -> Pace:
    pace = None
    for at_s, frames in marks:
        pace = marked(pace, Mark(at_s, frames))
    assert pace is not None
    return pace


def test_one_mark_tells_no_speed() -> None:
    assert paced((100, 5)).frames_per_second(100) is None


def test_marks_of_one_moment_tell_no_speed() -> None:
    """Two workers report within the same second: 3,000 frames a second that nobody made."""
    assert paced((100, 5), (100.02, 65)).frames_per_second(100.02) is None


def test_the_frames_between_two_marks_are_counted() -> None:
    assert paced((100, 5), (102, 25)).frames_per_second(102) == 10


@pytest.mark.parametrize("every_s", [0.1, 1.0, 3.0])
def test_the_speed_is_that_of_the_recent_past(every_s: float) -> None:
    """A hundred seconds at 50 a second, then a hundred at 10: only the latter counts."""
    times = [step * every_s for step in range(round(200 / every_s))]
    pace = paced(*((at, round(50 * min(at, 100) + 10 * max(0, at - 100))) for at in times))
    assert pytest.approx(10, rel=0.05) == pace.frames_per_second(times[-1])
    assert WINDOW_S <= pace.latest.at_s - pace.since.at_s <= 2 * WINDOW_S + every_s


def test_silence_is_no_speed_and_does_not_count() -> None:
    pace = paced((100, 0), (101, 10))
    assert pace.frames_per_second(101 + SILENT_S + 1) is None
    later = marked(pace, Mark(1000, 10))
    assert marked(later, Mark(1001, 30)).frames_per_second(1001) == 20


def test_a_batch_done_again_begins_anew() -> None:
    pace = paced((100, 0), (105, 100), (106, 50))
    assert pace.frames_per_second(106) is None
    assert marked(pace, Mark(107, 60)).frames_per_second(107) == 10


def test_it_is_stored_as_plain_numbers() -> None:
    pace = paced((100.5, 0), (105, 100), (120, 120))
    assert pace == Pace.of(pace.stored())
