"""A job as a row of the database."""

from __future__ import annotations

from psycopg.rows import DictRow

from nhance_kit.database import Connection
from nhance_kit.jobs import Job, JobOptions, Output, Source
from nhance_kit.pace import Pace
from nhance_kit.states import JobState
from nhance_kit.warned import JobWarning

JOB_COLUMNS = """
    jobs.*,
    (SELECT count(*) FROM batches WHERE job_id = jobs.id) AS batches_total,
    (SELECT count(*) FROM batches WHERE job_id = jobs.id AND finished_at IS NOT NULL)
        AS batches_done,
    (SELECT sum(frames) FROM batches WHERE job_id = jobs.id) AS frames_total,
    (SELECT coalesce(sum(frames_done), 0) FROM batches WHERE job_id = jobs.id) AS frames_done,
    CASE WHEN jobs.state IN ('queued', 'ingesting') OR jobs.state = 'enhancing' AND NOT EXISTS
        (SELECT FROM batches WHERE job_id = jobs.id AND started_at IS NOT NULL)
    THEN (SELECT count(*) FROM jobs AS ahead
        WHERE ahead.state IN ('queued', 'ingesting', 'enhancing')
        AND (ahead.created_at, ahead.id) < (jobs.created_at, jobs.id))
    END AS queue_position,
    extract(epoch FROM now())::float8 AS now_s
"""


def job_of(row: DictRow) -> Job:
    """The job of a row that has JOB_COLUMNS."""
    output = row["output"]
    frames_total = row["frames_total"]
    pace = row["pace"]
    enhancing = row["state"] == JobState.ENHANCING and pace is not None
    return Job(
        id=row["id"],
        tenant=row["tenant"],
        state=JobState(row["state"]),
        options=JobOptions(**row["options"]),
        source=Source(**row["source"]),
        created_at=row["created_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        labels=row["labels"],
        revision=row["revision"],
        model_version=row["model_version"],
        media=row["media"],
        batches_total=row["batches_total"],
        batches_done=row["batches_done"],
        frames_total=None if frames_total is None else int(frames_total),
        frames_done=int(row["frames_done"]),
        frames_per_second=Pace.of(pace).frames_per_second(row["now_s"]) if enhancing else None,
        queue_position=row["queue_position"],
        output=None if output is None else Output(**output),
        warnings=[JobWarning(**found) for found in row["warnings"]],
        error=row["error"],
    )


async def find_job(connection: Connection, job_id: str) -> Job | None:
    """The job that has this id, whosever it is."""
    cursor = await connection.execute(f"SELECT {JOB_COLUMNS} FROM jobs WHERE id = %s", (job_id,))
    row = await cursor.fetchone()
    return None if row is None else job_of(row)
