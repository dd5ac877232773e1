"""Counting the frames that are done of a job, within a step's transaction."""

from __future__ import annotations

from psycopg.types.json import Jsonb

from nhance_kit.database import Connection
from nhance_kit.pace import Mark, Pace, marked


async def mark_pace(connection: Connection, job_id: str) -> None:
    """Note how many frames of a job are done by now. Its row must be locked."""
    cursor = await connection.execute(
        "SELECT pace, extract(epoch FROM clock_timestamp())::float8 AS at_s,"
        " (SELECT coalesce(sum(frames_done), 0) FROM batches WHERE job_id = jobs.id) AS frames"
        " FROM jobs WHERE id = %s",
        (job_id,),
    )
    if (row := await cursor.fetchone()) is not None:
        known = None if row["pace"] is None else Pace.of(row["pace"])
        pace = marked(known, Mark(row["at_s"], int(row["frames"])))
        await connection.execute(
            "UPDATE jobs SET pace = %s WHERE id = %s", (Jsonb(pace.stored()), job_id)
        )
