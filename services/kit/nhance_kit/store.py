"""The job store. Every step is one transaction: the change of state and the next tasks together.

All methods raise StoreUnavailable where PostgreSQL does not answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import uuid4

from procrastinate import App
from psycopg.types.json import Jsonb

from nhance_kit import queue as tasks
from nhance_kit import tracing
from nhance_kit.database import Connection, Database
from nhance_kit.errors import NhanceError, NotFound, Superseded
from nhance_kit.jobs import Batch, Job, JobOptions, Output, Source
from nhance_kit.listing import EVERY_JOB, Filter, condition
from nhance_kit.pins import begin_anew, pin
from nhance_kit.progress import mark_pace
from nhance_kit.queue import QUEUE_OF_COST, Cost, Kept
from nhance_kit.rows import JOB_COLUMNS, find_job, job_of
from nhance_kit.states import TERMINAL, IllegalTransition, JobEvent, JobState, next_state
from nhance_kit.upload_store import UploadStore
from nhance_kit.warned import JobWarning
from nhance_kit.webhooks import Webhooks, announce
from nhance_kit.work import WORK_COLUMNS, Work

NO_SECONDS: Mapping[str, float] = {}

# A failed job may be tried again from its source.
KEPT = {JobState.SUCCEEDED: Kept.RESULTS, JobState.FAILED: Kept.SOURCE}
NO_LABELS: Mapping[str, str] = {}


class JobStore:
    """Jobs and batches in PostgreSQL, and the tasks that move them on.

    ``uploads`` and ``webhooks`` are beside them, on the same pool.
    """

    def __init__(self, database_url: str, queue: App) -> None:
        self.database = Database(database_url)
        self._transaction = self.database.transaction
        self._queue = queue
        self.uploads = UploadStore(self.database, queue)
        self.webhooks = Webhooks(self.database, queue)

    async def open(self) -> None:
        await self.database.open()
        await self._queue.open_async(self.database.pool)

    async def close(self) -> None:
        await self._queue.close_async()
        await self.database.close()

    async def has_ended(self, job_id: str) -> bool:
        """Whether a job is in a terminal state, or gone."""
        try:
            return (await self.job(job_id)).state in TERMINAL
        except NotFound:
            return True

    async def traceparent(self, job_id: str) -> str | None:
        """Of the request that made a job; None where it was not traced or the job is gone."""
        async with self._transaction() as connection:
            cursor = await connection.execute(
                "SELECT traceparent FROM jobs WHERE id = %s", (job_id,)
            )
            row = await cursor.fetchone()
            return None if row is None else row["traceparent"]

    # What the gateway does.

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
        async with self._transaction() as connection:
            await connection.execute(
                "INSERT INTO jobs"
                " (id, tenant, state, options, source, labels, model_version, cost, traceparent)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                (
                    job_id,
                    tenant,
                    JobState.QUEUED,
                    Jsonb(options.model_dump(mode="json")),
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
            return await self._job(connection, job_id)

    async def job(self, job_id: str, tenant: str | None = None) -> Job:
        """One job; raises NotFound, for another tenant's as well."""
        async with self._transaction() as connection:
            return await self._job(connection, job_id, tenant)

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
            job = await self._locked(connection, job_id, tenant)
            await self._move(connection, job, JobEvent.CANCEL_REQUESTED)
            return await self._job(connection, job_id)

    async def delete(self, job_id: str, tenant: str) -> None:
        """Forget a job, ending it first if need be; its objects are deleted by a task."""
        async with self._transaction() as connection:
            job = await self._locked(connection, job_id, tenant)
            await connection.execute("DELETE FROM jobs WHERE id = %s", (job_id,))
            await self._clean_up(connection, job, Kept.NOTHING)

    # What the workers do.

    async def ingest_started(self, job_id: str) -> Job:
        """Raises Superseded if the job has gone past ingest, has ended or is gone."""
        async with self._transaction() as connection:
            job = await self._locked(connection, job_id)
            await self._move(connection, job, JobEvent.INGEST_STARTED)
            return await self._job(connection, job_id)

    async def batches_cut(
        self,
        job_id: str,
        media: dict[str, Any],
        frames: Sequence[int],
        warnings: Sequence[JobWarning],
    ) -> None:
        """Record the batches, each with its number of frames, and queue one task for each.

        Which queue that is depends on what the job's batches cost.
        """
        async with self._transaction() as connection:
            job = await self._locked(connection, job_id)
            await self._move(connection, job, JobEvent.BATCHES_CUT)
            cursor = await connection.execute(
                "UPDATE jobs SET media = %s, warnings = %s, cut_warnings = %s, cut_at = now()"
                " WHERE id = %s RETURNING cost",
                (Jsonb(media), _stored(warnings), len(warnings), job_id),
            )
            row = await cursor.fetchone()
            assert row is not None, "its row is locked"
            async with connection.cursor() as many:
                await many.executemany(
                    "INSERT INTO batches (job_id, index, frames) VALUES (%s, %s, %s)",
                    [(job_id, index, count) for index, count in enumerate(frames)],
                )
            await tasks.defer(
                self._queue,
                connection,
                tasks.ENHANCE,
                [{"job_id": job_id, "index": index} for index in range(len(frames))],
                queue_name=QUEUE_OF_COST[row["cost"]],
            )

    async def batch(self, job_id: str, index: int) -> tuple[Job, Batch]:
        """A batch and its job; raises Superseded if the job is not enhancing."""
        async with self._transaction() as connection:
            job = await self._job_of_task(connection, job_id)
            if job.state != JobState.ENHANCING:
                raise Superseded(f"The job is {job.state}.")
            cursor = await connection.execute(
                "SELECT job_id, index, frames, attempts, finished_at IS NOT NULL AS done"
                " FROM batches WHERE job_id = %s AND index = %s",
                (job_id, index),
            )
            row = await cursor.fetchone()
            assert row is not None, "a task names a batch that was never cut"
            return job, Batch(**row)

    async def batch_begun(self, job_id: str, index: int) -> None:
        """Count one more attempt at a batch, whose frames count from none again."""
        async with self._transaction() as connection:
            await self._lock(connection, job_id)
            await connection.execute(
                "UPDATE batches SET attempts = attempts + 1, frames_done = 0,"
                " started_at = coalesce(started_at, now()) WHERE job_id = %s AND index = %s",
                (job_id, index),
            )
            await mark_pace(connection, job_id)

    async def pin(self, job_id: str, model_version: int, encoder: str) -> int:
        """The version of the model that this job uses: the first one that any worker named.

        Raises OtherEncoder where its batches are left to workers of another version (``pins``).
        """
        async with self._transaction() as connection:
            await self._lock(connection, job_id)
            version, ours = await pin(connection, job_id, encoder, model_version)
            assert version is not None, "it is pinned by now"
            if not ours:
                await begin_anew(connection, self._queue, job_id, encoder)
            return version

    async def frames_done(self, job_id: str, index: int, frames: int) -> bool:
        """Report progress within a batch; False means that the job has ended meanwhile."""
        async with self._transaction() as connection:
            await self._lock(connection, job_id)
            cursor = await connection.execute(
                "UPDATE batches SET frames_done = %s FROM jobs"
                " WHERE job_id = %s AND index = %s AND jobs.id = job_id AND state = %s",
                (frames, job_id, index, JobState.ENHANCING),
            )
            if cursor.rowcount == 0:
                return False
            await mark_pace(connection, job_id)
            return True

    async def batch_done(
        self,
        job_id: str,
        index: int,
        frames: int,
        warnings: Sequence[JobWarning],
        seconds: Mapping[str, float] = NO_SECONDS,
    ) -> None:
        """Record a finished batch; the last one queues mux. Raises Superseded.

        ``seconds`` are what its parts took: ``decode``, ``model`` and ``encode``.
        """
        async with self._transaction() as connection:
            job = await self._job_of_task(connection, job_id, lock=True)
            if job.state != JobState.ENHANCING:
                raise Superseded(f"The job is {job.state}.")
            cursor = await connection.execute(
                "UPDATE batches SET finished_at = now(), frames = %s, frames_done = %s,"
                " seconds = %s WHERE job_id = %s AND index = %s AND finished_at IS NULL",
                (frames, frames, Jsonb(dict(seconds)), job_id, index),
            )
            if cursor.rowcount == 0:
                raise Superseded("The batch was done by another worker meanwhile.")
            await mark_pace(connection, job_id)
            await connection.execute(
                "UPDATE jobs SET warnings = warnings || %s WHERE id = %s",
                (_stored(warnings), job_id),
            )
            cursor = await connection.execute(
                "SELECT 1 FROM batches WHERE job_id = %s AND finished_at IS NULL LIMIT 1",
                (job_id,),
            )
            if await cursor.fetchone() is None:
                await self._move(connection, job, JobEvent.LAST_BATCH_DONE)
                await tasks.defer(self._queue, connection, tasks.MUX, [{"job_id": job_id}])

    async def mux_started(self, job_id: str, encoder: str) -> Job | None:
        """The job, or None where its batches are begun anew, since their encoder is gone.

        Raises Superseded if the job is not being muxed, and OtherEncoder as ``pin`` does.
        """
        async with self._transaction() as connection:
            job = await self._job_of_task(connection, job_id, lock=True)
            if job.state != JobState.MUXING:
                raise Superseded(f"The job is {job.state}.")
            _, ours = await pin(connection, job_id, encoder)
            if ours:
                return job
            await self._move(connection, job, JobEvent.BEGUN_ANEW)
            await begin_anew(connection, self._queue, job_id, encoder)
            return None

    async def work(self, job_id: str) -> Work:
        """How the work on a job went until now. Raises Superseded if it was deleted."""
        async with self._transaction() as connection:
            cursor = await connection.execute(
                f"SELECT {WORK_COLUMNS} FROM jobs JOIN batches ON job_id = jobs.id"
                " WHERE jobs.id = %s GROUP BY jobs.id",
                (job_id,),
            )
            row = await cursor.fetchone()
            if row is None:
                raise Superseded("The job was deleted.")
            return Work.of(row)

    async def muxed(self, job_id: str, output: Output, warnings: Sequence[JobWarning]) -> None:
        """Finish a job. Raises Superseded if it has ended otherwise."""
        async with self._transaction() as connection:
            job = await self._locked(connection, job_id)
            await self._move(connection, job, JobEvent.MUXED)
            await connection.execute(
                "UPDATE jobs SET output = %s, warnings = warnings || %s WHERE id = %s",
                (Jsonb(asdict(output)), _stored(warnings), job_id),
            )

    async def fail(self, job_id: str, error: NhanceError) -> None:
        """End a job with an error; one that has ended already stays as it is."""
        async with self._transaction() as connection:
            job = await self._locked(connection, job_id)
            if job.state in TERMINAL:
                return
            await self._move(connection, job, JobEvent.FAILED)
            await connection.execute(
                "UPDATE jobs SET error = %s WHERE id = %s",
                (
                    Jsonb({"code": error.code, "status": error.status, "detail": str(error)}),
                    job_id,
                ),
            )

    # What they share.

    async def _move(self, connection: Connection, job: Job, event: JobEvent) -> None:
        """Change the state by the table; a job that ends has its objects cleaned up."""
        try:
            state = next_state(job.state, event)
        except IllegalTransition as error:
            if event == JobEvent.CANCEL_REQUESTED:
                raise
            raise Superseded(str(error)) from error
        await connection.execute(
            "UPDATE jobs SET state = %(state)s,"
            " started_at = coalesce(started_at, now()),"
            " finished_at = CASE WHEN %(ended)s THEN now() END WHERE id = %(id)s",
            {"state": state, "ended": state in TERMINAL, "id": job.id},
        )
        if state in TERMINAL:
            await self._clean_up(connection, job, KEPT.get(state, Kept.NOTHING))
            await announce(self._queue, connection, job, state)

    async def _clean_up(self, connection: Connection, job: Job, kept: Kept) -> None:
        await tasks.defer(
            self._queue,
            connection,
            tasks.CLEAN_UP,
            [{"job_id": job.id, "tenant": job.tenant, "kept": kept}],
        )

    async def _lock(self, connection: Connection, job_id: str) -> None:
        """Keep a job's row from others; always before its batches', so that nobody deadlocks."""
        await connection.execute("SELECT 1 FROM jobs WHERE id = %s FOR UPDATE", (job_id,))

    async def _locked(self, connection: Connection, job_id: str, tenant: str | None = None) -> Job:
        """The job, its row locked until the transaction ends; raises NotFound or Superseded."""
        if tenant is None:
            return await self._job_of_task(connection, job_id, lock=True)
        await self._lock(connection, job_id)
        return await self._job(connection, job_id, tenant)

    async def _job_of_task(self, connection: Connection, job_id: str, *, lock: bool = False) -> Job:
        """The job that a task belongs to; one that was deleted supersedes the task."""
        if lock:
            await self._lock(connection, job_id)
        try:
            return await self._job(connection, job_id)
        except NotFound as error:
            raise Superseded("The job was deleted.") from error

    async def _job(self, connection: Connection, job_id: str, tenant: str | None = None) -> Job:
        job = await find_job(connection, job_id)
        if job is None or (tenant is not None and job.tenant != tenant):
            raise NotFound(f"There is no job {job_id}.")
        return job


def _stored(warnings: Sequence[JobWarning]) -> Jsonb:
    return Jsonb([asdict(warning) for warning in warnings])


def new_job_id() -> str:
    """128 random bits, in hex: it can be neither guessed nor mistaken for a path."""
    return uuid4().hex
