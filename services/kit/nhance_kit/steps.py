"""What the workers do with jobs: every step is one transaction, the change of state and the next
tasks together.

All methods raise StoreUnavailable where PostgreSQL does not answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from procrastinate import App
from psycopg.types.json import Jsonb

from nhance_kit import queue as tasks
from nhance_kit.database import Database
from nhance_kit.errors import NhanceError, Superseded
from nhance_kit.jobs import Batch, Job, Output
from nhance_kit.moving import clean_up, job_of_task, job_of_tenant, lock, locked, move
from nhance_kit.pace import SILENT_S
from nhance_kit.pins import begin_anew, pin, pinned_version
from nhance_kit.progress import mark_pace, stored
from nhance_kit.queue import QUEUE_OF_COST, Kept
from nhance_kit.retry import LEFT_ALONE_S
from nhance_kit.rows import find_job
from nhance_kit.states import TERMINAL, JobEvent, JobState
from nhance_kit.warned import JobWarning
from nhance_kit.work import WORK_COLUMNS, Work

NO_SECONDS: Mapping[str, float] = {}


class Steps:
    """Of jobs and their batches; a part of the job store."""

    def __init__(self, database: Database, queue: App) -> None:
        # The fewer trips to the server, the shorter a job's row is kept from its other workers.
        self._transaction = partial(database.transaction, pipelined=True)
        self._queue = queue

    async def has_ended(self, job_id: str) -> bool:
        """Whether a job is in a terminal state, or gone."""
        async with self._transaction() as connection:
            job = await find_job(connection, job_id)
            return job is None or job.state in TERMINAL

    async def under_way(self, job_id: str) -> bool:
        """Whether a task of a job, ended or gone, is being done, and may still store something."""
        async with self._transaction() as connection:
            cursor = await connection.execute(
                "SELECT 1 FROM procrastinate_jobs WHERE status = 'doing' AND worker_id IS NOT NULL"
                " AND task_name = ANY(%s) AND args->>'job_id' = %s LIMIT 1",
                ([tasks.INGEST, tasks.ENHANCE, tasks.MUX], job_id),
            )
            return await cursor.fetchone() is not None

    async def clean_up_later(self, job_id: str, tenant: str, kept: Kept) -> None:
        """Have what a job leaves behind cleaned up once more, in a while."""
        async with self._transaction() as connection:
            await clean_up(self._queue, connection, job_id, tenant, kept, LEFT_ALONE_S)

    async def traceparent(self, job_id: str) -> str | None:
        """Of the request that made a job; None where it was not traced or the job is gone."""
        async with self._transaction() as connection:
            cursor = await connection.execute(
                "SELECT traceparent FROM jobs WHERE id = %s", (job_id,)
            )
            row = await cursor.fetchone()
            return None if row is None else row["traceparent"]

    async def ingest_started(self, job_id: str) -> Job:
        """Raises Superseded if the job has gone past ingest, has ended or is gone."""
        async with self._transaction() as connection:
            job = await locked(connection, job_id)
            await move(self._queue, connection, job, JobEvent.INGEST_STARTED)
            return await job_of_tenant(connection, job_id)

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
            job = await locked(connection, job_id)
            await move(self._queue, connection, job, JobEvent.BATCHES_CUT)
            cursor = await connection.execute(
                "UPDATE jobs SET media = %s, warnings = %s, cut_warnings = %s, cut_at = now()"
                " WHERE id = %s RETURNING cost",
                (Jsonb(media), stored(warnings), len(warnings), job_id),
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
            cursor = await connection.execute(
                "SELECT job_id, index, frames, attempts, finished_at IS NOT NULL AS done"
                " FROM batches WHERE job_id = %s AND index = %s",
                (job_id, index),
            )
            job = await job_of_task(connection, job_id)
            if job.state != JobState.ENHANCING:
                raise Superseded(f"The job is {job.state}.")
            row = await cursor.fetchone()
            assert row is not None, "a task names a batch that was never cut"
            return job, Batch(**row)

    async def batch_begun(self, job_id: str, index: int) -> None:
        """Count one more attempt at a batch, whose frames count from none again."""
        async with self._transaction() as connection:
            # A batch begun for the first time, in a job under way, changes nothing that is told of
            # the job, so its row need not be waited for.
            cursor = await connection.execute(
                "SELECT attempts > 0 OR coalesce((pace->2->>0)::float8, 0)"
                " < extract(epoch FROM clock_timestamp()) - %s AS is_news"
                " FROM batches JOIN jobs ON jobs.id = job_id WHERE job_id = %s AND index = %s",
                (SILENT_S, job_id, index),
            )
            row = await cursor.fetchone()
            is_news = row is not None and row["is_news"]
            if is_news:
                await lock(connection, job_id)
            await connection.execute(
                "UPDATE batches SET attempts = attempts + 1, frames_done = 0,"
                " started_at = coalesce(started_at, now()) WHERE job_id = %s AND index = %s",
                (job_id, index),
            )
            if is_news:
                await mark_pace(connection, job_id)

    async def pin(self, job_id: str, model_version: int, *encoders: str) -> tuple[int, str]:
        """The version of the model and the encoder of this job: the first that any worker named.

        ``encoders`` are those that the worker has, the preferred one first. Raises OtherEncoder
        where the batches are left to workers that have another (``pins``).
        """
        async with self._transaction() as connection:
            known = await pinned_version(connection, job_id, encoders)
            if known is not None:
                return known
            await lock(connection, job_id)
            version, pinned = await pin(connection, job_id, model_version, encoders)
            if pinned not in encoders:
                pinned = encoders[0]
                await begin_anew(connection, self._queue, job_id, pinned)
            return version, pinned

    async def frames_done(self, job_id: str, index: int, frames: int) -> bool:
        """Report progress within a batch; False means that it or its job has ended meanwhile."""
        async with self._transaction() as connection:
            await lock(connection, job_id)
            cursor = await connection.execute(
                "UPDATE batches SET frames_done = %s FROM jobs"
                " WHERE job_id = %s AND index = %s AND batches.finished_at IS NULL"
                " AND jobs.id = job_id AND state = %s RETURNING index",
                (frames, job_id, index, JobState.ENHANCING),
            )
            if await cursor.fetchone() is None:
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
            await lock(connection, job_id)
            finished = await connection.execute(
                "UPDATE batches SET finished_at = now(), frames = %s, frames_done = %s,"
                " seconds = %s FROM jobs WHERE job_id = %s AND index = %s"
                " AND batches.finished_at IS NULL AND jobs.id = job_id AND state = %s"
                " RETURNING index",
                (frames, frames, Jsonb(dict(seconds)), job_id, index, JobState.ENHANCING),
            )
            unfinished = await mark_pace(connection, job_id, warnings)
            if await finished.fetchone() is None:
                job = await job_of_task(connection, job_id)
                if job.state != JobState.ENHANCING:
                    raise Superseded(f"The job is {job.state}.")
                raise Superseded("The batch was done by another worker meanwhile.")
            if unfinished == 0:
                job = await job_of_task(connection, job_id)
                await move(self._queue, connection, job, JobEvent.LAST_BATCH_DONE)
                await tasks.defer(self._queue, connection, tasks.MUX, [{"job_id": job_id}])

    async def mux_started(self, job_id: str) -> Job:
        """The job; raises Superseded if it is not being muxed."""
        async with self._transaction() as connection:
            job = await locked(connection, job_id)
            if job.state != JobState.MUXING:
                raise Superseded(f"The job is {job.state}.")
            return job

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
            job = await locked(connection, job_id)
            await move(self._queue, connection, job, JobEvent.MUXED)
            await connection.execute(
                "UPDATE jobs SET output = %s, warnings = warnings || %s WHERE id = %s",
                (Jsonb(asdict(output)), stored(warnings), job_id),
            )

    async def fail(self, job_id: str, error: NhanceError) -> None:
        """End a job with an error; one that has ended already stays as it is."""
        async with self._transaction() as connection:
            job = await locked(connection, job_id)
            if job.state in TERMINAL:
                return
            await move(self._queue, connection, job, JobEvent.FAILED)
            await connection.execute(
                "UPDATE jobs SET error = %s WHERE id = %s",
                (
                    Jsonb({"code": error.code, "status": error.status, "detail": str(error)}),
                    job_id,
                ),
            )
