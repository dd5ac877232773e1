"""The job store: what the gateway does with jobs, and where all the stores hang together.

All methods raise StoreUnavailable where PostgreSQL does not answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from uuid import uuid4

from procrastinate import App
from psycopg.types.json import Jsonb

from nhance_kit import queue as tasks
from nhance_kit import tracing
from nhance_kit.database import Connection, Database
from nhance_kit.jobs import Job, JobOptions, Source
from nhance_kit.listing import EVERY_JOB, Filter, condition
from nhance_kit.moving import clean_up, job_of_tenant, locked, move
from nhance_kit.queue import Cost, Kept
from nhance_kit.rows import JOB_COLUMNS, job_of
from nhance_kit.states import JobEvent, JobState
from nhance_kit.steps import Steps
from nhance_kit.upload_store import UploadStore
from nhance_kit.webhooks import Webhooks

NO_LABELS: Mapping[str, str] = {}


class JobStore:
    """Jobs in PostgreSQL, and the tasks that move them on.

    ``steps`` are what the workers do with them; ``uploads`` and ``webhooks`` are beside them, on
    the same pool.
    """

    def __init__(self, database_url: str, queue: App) -> None:
        self.database = Database(database_url)
        self._transaction = self.database.transaction
        self._queue = queue
        self.steps = Steps(self.database, queue)
        self.uploads = UploadStore(self.database, queue)
        self.webhooks = Webhooks(self.database, queue)

    async def open(self) -> None:
        await self.database.open()
        await self._queue.open_async(self.database.pool)

    async def close(self) -> None:
        await self._queue.close_async()
        await self.database.close()

    async def create(
        self,
        tenant: str,
        job_id: str,
        source: Source,
        options: JobOptions,
        labels: Mapping[str, str] = NO_LABELS,
        also: Callable[[Connection], Awaitable[None]] | None = None,
        model_version: int | None = None,
        cost: Cost = Cost.HEAVY,
    ) -> Job:
        """A new job, queued, with its ingest task; ``also`` is done in the same transaction.

        Without ``model_version`` its first batch decides. ``cost`` is that of its batches.
        """
        # What is null is so by default. A worker of the version before may not know it as null,
        # and ``nvenc`` not at all.
        unasked = set() if options.nvenc else {"nvenc"}
        stored = options.model_dump(mode="json", exclude_none=True, exclude=unasked)
        async with self._transaction() as connection:
            await connection.execute(
                "INSERT INTO jobs"
                " (id, tenant, state, options, source, labels, model_version, cost, traceparent)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                (
                    job_id,
                    tenant,
                    JobState.QUEUED,
                    Jsonb(stored),
                    Jsonb(asdict(source)),
                    Jsonb(dict(labels)),
                    model_version,
                    cost,
                    tracing.carried(),
                ),
            )
            await tasks.defer(self._queue, connection, tasks.INGEST, [{"job_id": job_id}])
            if also is not None:
                await also(connection)
            return await job_of_tenant(connection, job_id)

    async def job(self, job_id: str, tenant: str | None = None) -> Job:
        """One job; raises NotFound, for another tenant's as well."""
        async with self._transaction() as connection:
            return await job_of_tenant(connection, job_id, tenant)

    async def newest(
        self,
        tenant: str,
        limit: int,
        before: tuple[datetime, str] | None = None,
        wanted: Filter = EVERY_JOB,
    ) -> list[Job]:
        """The newest jobs first; ``before`` is the created_at and id of the last one seen."""
        where, values = condition(tenant, wanted, before)
        async with self._transaction() as connection:
            rows = await connection.execute(
                f"SELECT {JOB_COLUMNS} FROM jobs WHERE {where}"
                " ORDER BY created_at DESC, id DESC LIMIT %(limit)s",
                {**values, "limit": limit},
            )
            return [job_of(row) async for row in rows]

    async def cancel(self, job_id: str, tenant: str) -> Job:
        """End a job; raises IllegalTransition where it has ended already."""
        async with self._transaction() as connection:
            job = await locked(connection, job_id, tenant)
            await move(self._queue, connection, job, JobEvent.CANCEL_REQUESTED)
            return await job_of_tenant(connection, job_id)

    async def delete(self, job_id: str, tenant: str) -> None:
        """Forget a job, ending it first if need be; its objects are deleted by a task."""
        async with self._transaction() as connection:
            job = await locked(connection, job_id, tenant)
            await connection.execute("DELETE FROM jobs WHERE id = %s", (job_id,))
            await clean_up(self._queue, connection, job.id, job.tenant, Kept.NOTHING)


def new_job_id() -> str:
    """128 random bits, in hex: it can be neither guessed nor mistaken for a path."""
    return uuid4().hex
