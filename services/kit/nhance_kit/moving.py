"""A job's row within a step's transaction: found, locked, and moved on by the table of states."""

from __future__ import annotations

from procrastinate import App

from nhance_kit import queue as tasks
from nhance_kit.database import Connection
from nhance_kit.errors import NotFound, Superseded
from nhance_kit.jobs import Job
from nhance_kit.queue import Kept
from nhance_kit.rows import find_job
from nhance_kit.states import TERMINAL, IllegalTransition, JobEvent, JobState, next_state
from nhance_kit.webhooks import announce

# A failed job may be tried again from its source.
KEPT = {JobState.SUCCEEDED: Kept.RESULTS, JobState.FAILED: Kept.SOURCE}


async def move(queue: App, connection: Connection, job: Job, event: JobEvent) -> None:
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
        await clean_up(queue, connection, job.id, job.tenant, KEPT.get(state, Kept.NOTHING))
        await announce(queue, connection, job, state)


async def clean_up(
    queue: App,
    connection: Connection,
    job_id: str,
    tenant: str,
    kept: Kept,
    delay_s: float = 0.0,
) -> None:
    await tasks.defer(
        queue,
        connection,
        tasks.CLEAN_UP,
        [{"job_id": job_id, "tenant": tenant, "kept": kept}],
        delay_s,
    )


async def lock(connection: Connection, job_id: str) -> None:
    """Keep a job's row from others; always before its batches', so that nobody deadlocks."""
    await connection.execute("SELECT 1 FROM jobs WHERE id = %s FOR UPDATE", (job_id,))


async def locked(connection: Connection, job_id: str, tenant: str | None = None) -> Job:
    """The job, its row locked until the transaction ends; raises NotFound or Superseded."""
    await lock(connection, job_id)
    if tenant is None:
        return await job_of_task(connection, job_id)
    return await job_of_tenant(connection, job_id, tenant)


async def job_of_task(connection: Connection, job_id: str) -> Job:
    """The job that a task belongs to; one that was deleted supersedes the task."""
    try:
        return await job_of_tenant(connection, job_id)
    except NotFound as error:
        raise Superseded("The job was deleted.") from error


async def job_of_tenant(connection: Connection, job_id: str, tenant: str | None = None) -> Job:
    """A job, whosever it is where no tenant is named; raises NotFound."""
    job = await find_job(connection, job_id)
    if job is None or (tenant is not None and job.tenant != tenant):
        raise NotFound(f"There is no job {job_id}.")
    return job
