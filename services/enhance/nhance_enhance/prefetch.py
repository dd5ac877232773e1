"""A stage of a pipeline in a thread of its own, with a bounded queue behind it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

POLL_S = 0.1


class _End:
    """The last thing in the queue: the stage is through, or failed with ``error``."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


@contextmanager
def prefetched(items: Iterable[T], ahead: int) -> Iterator[Iterator[T]]:
    """``items``, made by a thread that runs at most ``ahead`` items ahead of the reader.

    An error of the stage is raised to the reader, in its place. On leaving the block the thread
    has ended, whether or not everything was read.
    """
    handed: queue.Queue[T | _End] = queue.Queue(ahead)
    left = threading.Event()

    def put(item: T | _End) -> bool:
        while not left.is_set():
            try:
                handed.put(item, timeout=POLL_S)
            except queue.Full:
                continue
            return True
        return False

    def run() -> None:
        try:
            for item in items:
                if not put(item):
                    return
        except BaseException as error:
            put(_End(error))
        else:
            put(_End(None))

    def read() -> Iterator[T]:
        while not isinstance(item := handed.get(), _End):
            yield item
        if item.error is not None:
            raise item.error

    thread = threading.Thread(target=run, name="stage", daemon=True)
    thread.start()
    try:
        yield read()
    finally:
        left.set()
        thread.join()
