"""What the batches of a job have in common: the version of its model, and that of the encoder.

The first batch pins both. While a new version of the workers is rolled out, two run side by side,
some workers may have a graphics card that encodes, and what two encoders made cannot be joined. A
worker names all encoders that it has, and takes the one that the job is pinned to. It leaves the
jobs of another encoder to those that have it; where none of them has worked at a job for SILENT_S,
they are taken to be gone, and the job's batches are begun anew. All within a step's transaction,
the job's row locked.
"""

from __future__ import annotations

from collections.abc import Sequence

from procrastinate import App

from nhance_kit import queue as tasks
from nhance_kit.database import Connection
from nhance_kit.errors import OtherEncoder, Superseded
from nhance_kit.progress import mark_pace
from nhance_kit.queue import QUEUE_OF_COST

SILENT_S = 120.0


async def pinned_version(
    connection: Connection, job_id: str, encoders: Sequence[str]
) -> tuple[int, str] | None:
    """The version of the model and the job's encoder, where that is one of ``encoders``.

    The row need not be locked.
    """
    cursor = await connection.execute(
        "SELECT model_version, encoder FROM jobs WHERE id = %s AND encoder = ANY(%s)",
        (job_id, list(encoders)),
    )
    row = await cursor.fetchone()
    return None if row is None else (row["model_version"], row["encoder"])


async def pin(
    connection: Connection, job_id: str, model_version: int, encoders: Sequence[str]
) -> tuple[int, str]:
    """Pins what isn't yet, the first of ``encoders``; returns what the job is pinned to.

    Raises OtherEncoder where that is none of them, and another is still at work; Superseded for no
    job.
    """
    cursor = await connection.execute(
        "SELECT model_version, encoder, extract(epoch FROM clock_timestamp())::float8"
        " - coalesce((pace->2->>0)::float8, extract(epoch FROM cut_at)::float8) AS silent_s"
        " FROM jobs WHERE id = %s",
        (job_id,),
    )
    row = await cursor.fetchone()
    if row is None:
        raise Superseded("The job was deleted.")
    version, pinned = row["model_version"], row["encoder"]
    if version is None or pinned is None:
        # A change that changes nothing would be told to all who watch.
        version, pinned = version or model_version, pinned or encoders[0]
        await connection.execute(
            "UPDATE jobs SET model_version = %s, encoder = %s WHERE id = %s",
            (version, pinned, job_id),
        )
    if pinned not in encoders and row["silent_s"] < SILENT_S:
        raise OtherEncoder(f"Workers with the encoder {pinned} are at the job.")
    return version, pinned


async def begin_anew(connection: Connection, queue: App, job_id: str, encoder: str) -> None:
    """Pin a job to another encoder, and queue those of its batches that are done once more."""
    cursor = await connection.execute(
        "UPDATE batches SET finished_at = NULL, frames_done = 0"
        " WHERE job_id = %s AND finished_at IS NOT NULL RETURNING index",
        (job_id,),
    )
    batches = [{"job_id": job_id, "index": row["index"]} async for row in cursor]
    # The batches will warn again; what ingest warned of stays.
    cursor = await connection.execute(
        "UPDATE jobs SET encoder = %s,"
        " warnings = coalesce((SELECT jsonb_agg(warning ORDER BY place)"
        " FROM jsonb_array_elements(warnings) WITH ORDINALITY AS each (warning, place)"
        " WHERE place <= cut_warnings), '[]') WHERE id = %s RETURNING cost",
        (encoder, job_id),
    )
    row = await cursor.fetchone()
    assert row is not None, "its row is locked"
    await mark_pace(connection, job_id)
    await tasks.defer(
        queue,
        connection,
        tasks.ENHANCE,
        sorted(batches, key=lambda batch: batch["index"]),
        queue_name=QUEUE_OF_COST[row["cost"]],
    )
