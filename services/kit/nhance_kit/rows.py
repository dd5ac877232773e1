"""A job as a row of the database."""

from __future__ import annotations

from psycopg.rows import DictRow

from nhance_kit.jobs import Job, JobOptions, Output, Source
from nhance_kit.states import JobState
from nhance_kit.warned import JobWarning

JOB_COLUMNS = """
    jobs.*,
    (SELECT count(*) FROM batches WHERE job_id = jobs.id) AS batches_total,
    (SELECT count(*) FROM batches WHERE job_id = jobs.id AND finished_at IS NOT NULL)
        AS batches_done,
    (SELECT sum(frames) FROM batches WHERE job_id = jobs.id) AS frames_total,
    (SELECT coalesce(sum(frames_done), 0) FROM batches WHERE job_id = jobs.id) AS frames_done
"""


def job_of(row: DictRow) -> Job:
    """The job of a row that has JOB_COLUMNS."""
    output = row["output"]
    frames_total = row["frames_total"]
    return Job(
        id=row["id"],
        tenant=row["tenant"],
        state=JobState(row["state"]),
        options=JobOptions(**row["options"]),
        source=Source(**row["source"]),
        created_at=row["created_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        model_version=row["model_version"],
        media=row["media"],
        batches_total=row["batches_total"],
        batches_done=row["batches_done"],
        frames_total=None if frames_total is None else int(frames_total),
        frames_done=int(row["frames_done"]),
        output=None if output is None else Output(**output),
        warnings=[JobWarning(**found) for found in row["warnings"]],
        error=row["error"],
    )
