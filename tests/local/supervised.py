"""A supervisor at work in a thread, for the tests that stand beside it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from nhance_local.program import Program
from nhance_local.supervisor import Supervisor

START_S = 300.0
STOP_S = 60.0


class Supervised:
    """Runs programs within a block; entering it waits until all are ready.

    ``lines`` is what a person would have been told.
    """

    def __init__(self, programs: Sequence[Program], logs_dir: Path) -> None:
        logs_dir.mkdir(parents=True, exist_ok=True)
        self.lines: list[str] = []
        self._programs = programs
        self._logs_dir = logs_dir
        self._loop = asyncio.new_event_loop()
        self._stopped = asyncio.Event()
        self._settled = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="supervisor")

    def __enter__(self) -> Self:
        self._thread.start()
        ready = self._settled.wait(START_S)
        if self._failure is not None or not ready:
            self.stop()
            raise self._failure or TimeoutError(f"not ready: {self.lines}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(STOP_S)

    def _run(self) -> None:
        supervisor = Supervisor(self._programs, self._logs_dir, self.lines.append)
        try:
            self._loop.run_until_complete(supervisor.run(self._stopped, self._settled.set))
        except Exception as error:
            self._failure = error
        finally:
            self._loop.close()
            self._settled.set()
