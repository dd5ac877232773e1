"""Counting what is done of a job, within a step's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from psycopg.types.json import Jsonb

from nhance_kit.database import Connection
from nhance_kit.pace import Mark, Pace, marked
from nhance_kit.warned import JobWarning


async def mark_pace(
    connection: Connection, job_id: str, warnings: Sequence[JobWarning] = ()
) -> int:
    """Note how many frames of a job are done by now, and add to its warnings.

    Its row must be locked. Returns how many of its batches are not finished.
    """
    cursor = await connection.execute(
        "SELECT pace, extract(epoch FROM clock_timestamp())::float8 AS at_s,"
        " frames, unfinished FROM jobs, LATERAL (SELECT coalesce(sum(frames_done), 0) AS frames,"
        " count(*) FILTER (WHERE finished_at IS NULL) AS unfinished"
        " FROM batches WHERE job_id = jobs.id) AS counted WHERE id = %s",
        (job_id,),
    )
    row = await cursor.fetchone()
    if row is None:
        return 0
    known = None if row["pace"] is None else Pace.of(row["pace"])
    pace = marked(known, Mark(row["at_s"], int(row["frames"])))
    await connection.execute(
        "UPDATE jobs SET pace = %s, warnings = warnings || %s WHERE id = %s",
        (Jsonb(pace.stored()), stored(warnings), job_id),
    )
    return int(row["unfinished"])


def stored(warnings: Sequence[JobWarning]) -> Jsonb:
    return Jsonb([asdict(warning) for warning in warnings])
