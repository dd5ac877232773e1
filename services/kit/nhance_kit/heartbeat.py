"""A worker's heartbeat: it ends a worker that hangs, and goes on for one that is stopping."""

from __future__ import annotations

import asyncio
import faulthandler

from procrastinate.connector import BaseConnector
from procrastinate.manager import JobManager

STANDARD_ERROR = 2  # also where somebody put another one in place of sys.stderr


class Heartbeat(JobManager):
    """The queue's job manager for one worker, which says every ``every_s`` that it lives.

    A process that has not managed to say so for ``silent_s`` ends itself with status 1, and its
    threads' tracebacks on standard error: its tasks have been taken over, and as long as it hangs
    nothing else would start it anew.
    """

    def __init__(self, connector: BaseConnector, every_s: float, silent_s: float) -> None:
        super().__init__(connector)
        self._every_s = every_s
        self._silent_s = silent_s
        self._worker_id: int | None = None

    async def register_worker(self) -> int:
        self._worker_id = await super().register_worker()
        _end_in(self._silent_s)
        return self._worker_id

    async def update_heartbeat(self, worker_id: int) -> None:
        await super().update_heartbeat(worker_id)
        _end_in(self._silent_s)

    async def go_on(self, at_most_s: float) -> None:
        """The worker is told to stop, and waits up to ``at_most_s`` for its tasks to end.

        The queue is silent meanwhile, so that others would take the tasks over.
        """
        _end_in(at_most_s + self._silent_s)
        while True:
            if self._worker_id is not None:
                await super().update_heartbeat(self._worker_id)
            await asyncio.sleep(self._every_s)

    def end(self) -> None:
        """The worker has stopped: nothing is expected of it any more."""
        faulthandler.cancel_dump_traceback_later()


def _end_in(seconds: float) -> None:
    faulthandler.dump_traceback_later(seconds, exit=True, file=STANDARD_ERROR)
