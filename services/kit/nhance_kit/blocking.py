"""Blocking work in a thread, that can be told to stop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

from nhance_kit.errors import Interrupted, NhanceError

T = TypeVar("T")


class Stop:
    """A request to stop, with its reason; the work looks at it between steps."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._reason: NhanceError = Interrupted("The worker is stopping.")

    def ask(self, reason: NhanceError | None = None) -> None:
        if reason is not None:
            self._reason = reason
        self._event.set()

    def check(self) -> None:
        """Raise the reason if somebody asked."""
        if self._event.is_set():
            raise self._reason


async def in_thread(work: Callable[[], T], stop: Stop) -> T:
    """``work()`` in a thread; if the caller is cancelled, ask it to stop and wait until it has."""
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop.ask()
        await asyncio.gather(running, return_exceptions=True)
        raise
