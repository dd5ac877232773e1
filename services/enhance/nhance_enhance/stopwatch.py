"""Seconds that the parts of a pipeline take, each counted by the one thread that it runs in."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


class Stopwatch:
    """``seconds`` by the name of the part."""

    def __init__(self, *parts: str) -> None:
        self.seconds = dict.fromkeys(parts, 0.0)

    @contextmanager
    def timed(self, part: str) -> Iterator[None]:
        """Count the block to ``part``."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.seconds[part] += time.monotonic() - started

    def making(self, part: str, items: Iterable[T]) -> Iterator[T]:
        """``items``, with the time that it takes to make each counted to ``part``."""
        source = iter(items)
        while True:
            with self.timed(part):
                try:
                    item = next(source)
                except StopIteration:
                    return
            yield item
