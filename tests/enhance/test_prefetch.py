"""A stage in a thread: in order, bounded, and never left behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from nhance_enhance.prefetch import prefetched


def counted(seen: list[int], end: int) -> Iterator[int]:
    for number in range(end):
        seen.append(number)
        yield number


def test_items_come_in_order() -> None:
    with prefetched(counted([], 100), 3) as items:
        assert list(range(100)) == list(items)


def test_the_stage_runs_only_so_far_ahead() -> None:
    seen: list[int] = []
    with prefetched(counted(seen, 100), 3) as items:
        next(items)
        for _ in range(50):
            if len(seen) > 5:
                break
            threading.Event().wait(0.002)
        assert len(seen) <= 5


def test_an_error_comes_in_its_place() -> None:
    def failing() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    with prefetched(failing(), 3) as items:
        assert next(items) == 1
        with pytest.raises(ValueError, match="broken"):
            next(items)


def test_a_reader_that_leaves_early_leaves_no_thread() -> None:
    before = threading.active_count()
    with prefetched(counted([], 10**9), 2) as items:
        next(items)
    assert before == threading.active_count()
