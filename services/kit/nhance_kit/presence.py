"""How a worker is present in the queue: it listens and says that it lives; one that hangs ends."""

from __future__ import annotations

import asyncio
import faulthandler
from collections.abc import Iterable

import structlog
from procrastinate.connector import BaseConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.manager import JobManager, NotificationCallback

log = structlog.get_logger()

STANDARD_ERROR = 2  # also where somebody put another one in place of sys.stderr


class Presence(JobManager):
    """The queue's job manager for one worker, which says every ``every_s`` that it lives.

    The queue's own heartbeats stop as soon as its worker is to stop, for whatever reason, before it
    waits for the tasks under way; so they only tell that it is not stopping. A process that has
    written none of them for ``silent_s``, the time for those tasks included, ends itself with
    status 1 and its threads' tracebacks on standard error: while it hangs, nothing else starts it
    anew.
    """

    def __init__(self, connector: BaseConnector, every_s: float, silent_s: float) -> None:
        super().__init__(connector)
        self._every_s = every_s
        self._silent_s = silent_s
        self._worker_id: int | None = None

    async def register_worker(self) -> int:
        self._worker_id = await super().register_worker()
        self._put_off_the_end()
        return self._worker_id

    async def update_heartbeat(self, worker_id: int) -> None:
        if await self._written(worker_id):
            self._put_off_the_end()

    async def beat(self) -> None:
        """Say that the worker lives, until cancelled."""
        while True:
            await asyncio.sleep(self._every_s)
            if self._worker_id is not None:
                await self._written(self._worker_id)

    async def listen_for_jobs(
        self, *, on_notification: NotificationCallback, queues: Iterable[str] | None = None
    ) -> None:
        """Until cancelled: where there is no task by the clock, the queue does not miss it."""
        while True:
            try:
                await super().listen_for_jobs(on_notification=on_notification, queues=queues)
            except ConnectorException as error:
                log.warning("listener_lost", reason=str(error))
            await asyncio.sleep(self._every_s)

    def end(self) -> None:
        """The worker has stopped: nothing is expected of it any more."""
        faulthandler.cancel_dump_traceback_later()

    async def _written(self, worker_id: int) -> bool:
        """Whether a heartbeat came to PostgreSQL; one that did not is made up for by the next."""
        try:
            await super().update_heartbeat(worker_id)
        except ConnectorException as error:
            log.warning("heartbeat_missed", reason=str(error))
            return False
        return True

    def _put_off_the_end(self) -> None:
        faulthandler.dump_traceback_later(self._silent_s, exit=True, file=STANDARD_ERROR)
