"""News of jobs for everybody who watches: one reader of the database, however many watchers.

A notification says that a job began, moved on or ended, and only wakes the reader, which reads all
that changed since it last did, for all who watch, in one go. Progress is told of by nobody: the
reader looks once a second while anybody watches. What it finds goes into the watchers' mailboxes,
where a newer state of a job takes the place of an older one: who reads slowly gets the newest, and
nothing piles up. When the database goes away, listening begins anew and reading goes on from where
it was.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cached_property

import structlog

from nhance_gateway.schemas import JobBody
from nhance_kit.changes import Change, ChangeLog
from nhance_kit.errors import StoreUnavailable
from nhance_kit.jobs import Job
from nhance_kit.states import TERMINAL

log = structlog.get_logger()

# Changes that come together are read together.
GATHER_S = 0.05
# Progress changes without a notification.
LOOK_S = 1.0
# Places in the queue move without a change of the job itself.
REFRESH_S = 5.0
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 15.0


@dataclass(frozen=True)
class News:
    """A job as it now is; ``job`` is None where it was deleted."""

    job_id: str
    job: Job | None

    @property
    def is_last(self) -> bool:
        """Whether nothing can follow."""
        return self.job is None or self.job.state in TERMINAL

    @property
    def revision(self) -> int | None:
        return None if self.job is None else self.job.revision

    def follows(self, earlier: News) -> bool:
        """Whether this is newer than what is known of a job that is there."""
        if self.job is None or earlier.job is None:
            return self.job is None
        return self.job.revision >= earlier.job.revision and self.data != earlier.data

    @cached_property
    def data(self) -> str:
        """As JSON, written once for all who watch."""
        if self.job is None:
            return f'{{"id":"{self.job_id}"}}'
        return JobBody.of(self.job).model_dump_json()


class Watcher:
    """Who watches a job, or all of a tenant's where ``job_id`` is None.

    ``horizon`` says up to where the news tell all; one may watch on from there later.
    """

    def __init__(self, tenant: str, job_id: str | None, number: int) -> None:
        self.tenant = tenant
        self.job_id = job_id
        self.number = number
        self.horizon = 0
        self._waiting: dict[str, News] = {}
        self._ended = False
        self._rung = asyncio.Event()

    def put(self, news: News, horizon: int) -> None:
        self._waiting.pop(news.job_id, None)
        self._waiting[news.job_id] = news
        self.horizon = max(self.horizon, horizon)
        self._rung.set()

    def end(self) -> None:
        self._ended = True
        self._rung.set()

    async def news(self) -> list[News]:
        """Wait for news; none at all means that there will be no more."""
        await self._rung.wait()
        found = list(self._waiting.values())
        self._waiting.clear()
        if not self._ended:
            self._rung.clear()
        return found


class Feed:
    """Runs between ``start`` and ``stop``."""

    def __init__(self, changes: ChangeLog) -> None:
        self._changes = changes
        self._watchers: dict[tuple[str, str | None], set[Watcher]] = defaultdict(set)
        self._came = 0
        self._horizon: int | None = None
        self._known: dict[str, Change] = {}
        self._wake = asyncio.Event()
        self._ended = False
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [asyncio.create_task(work()) for work in (self._listen, self._read)]

    async def stop(self) -> None:
        self.end()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def end(self) -> None:
        """Send everybody home who watches, and whoever comes from now on."""
        self._ended = True
        for watchers in self._watchers.values():
            for watcher in watchers:
                watcher.end()

    @asynccontextmanager
    async def watch(self, tenant: str, job_id: str | None = None) -> AsyncIterator[Watcher]:
        """What changes from now on is news; how things stand is to be read within the block.

        Raises StoreUnavailable.
        """
        self._came += 1
        watcher = Watcher(tenant, job_id, self._came)
        place = tenant, job_id
        self._watchers[place].add(watcher)
        try:
            horizon = await self._changes.horizon()
            if self._horizon is None:
                self._horizon = horizon
            watcher.horizon = max(watcher.horizon, horizon)
            if self._ended:
                watcher.end()
            yield watcher
        finally:
            self._watchers[place].discard(watcher)
            if not self._watchers[place]:
                del self._watchers[place]
            if not self._watchers:
                self._horizon = None
                self._known.clear()

    async def _listen(self) -> None:
        """Wake the reader when something changes that is watched; listen anew when that breaks."""
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                async with aclosing(self._changes.notifications()) as notifications:
                    async for notification in notifications:
                        pause_s = FIRST_PAUSE_S
                        if notification is None or self._is_watched(*notification):
                            self._wake.set()
            except StoreUnavailable as error:
                log.warning("listener_broke", reason=str(error))
            await asyncio.sleep(random.uniform(pause_s / 2, pause_s))
            pause_s = min(LONGEST_PAUSE_S, pause_s * 2)

    def _is_watched(self, job_id: str, tenant: str) -> bool:
        return (tenant, job_id) in self._watchers or (tenant, None) in self._watchers

    async def _read(self) -> None:
        """Read what changed when told and each LOOK_S, what moves by itself now and then."""
        refreshed_s = time.monotonic()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._wake.wait()
            self._wake.clear()
            try:
                if self._horizon is not None:
                    await self._catch_up(self._horizon)
                    if time.monotonic() - refreshed_s >= REFRESH_S:
                        refreshed_s = time.monotonic()
                        await self._refresh()
            except StoreUnavailable as error:
                log.warning("changes_not_read", reason=str(error))
                self._wake.set()
                await asyncio.sleep(FIRST_PAUSE_S)
            await asyncio.sleep(GATHER_S)

    async def _catch_up(self, horizon: int) -> None:
        came = self._came
        found = await self._changes.since(horizon, *self._watched())
        news = self._tell(found.changes, found.horizon, came)
        # Who came while this was read was not asked for: the next round reads the same again.
        if came == self._came and self._horizon is not None:
            self._horizon = found.horizon
            unfinished = {known.job_id: known for known in self._known.values() if _goes_on(known)}
            self._known = unfinished | news

    async def _refresh(self) -> None:
        came = self._came
        self._known |= self._tell(await self._changes.unfinished(*self._watched()), 0, came)

    def _watched(self) -> tuple[list[str], list[str]]:
        """The tenants all of whose jobs are watched, and the single jobs."""
        tenants = [tenant for tenant, job_id in self._watchers if job_id is None]
        return tenants, [job_id for _, job_id in self._watchers if job_id is not None]

    def _tell(self, changes: list[Change], horizon: int, came: int) -> dict[str, Change]:
        """Put what is new into the mailboxes of those who had come; returns all of it."""
        for change in changes:
            if self._known.get(change.job_id) == change:
                continue
            news = News(change.job_id, change.job)
            for place in ((change.tenant, change.job_id), (change.tenant, None)):
                for watcher in self._watchers.get(place, ()):
                    if watcher.number <= came:
                        watcher.put(news, horizon)
        return {change.job_id: change for change in changes}


def _goes_on(change: Change) -> bool:
    return change.job is not None and change.job.state not in TERMINAL
