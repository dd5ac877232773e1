"""The queue in PostgreSQL: taking from one does not read the others."""

from __future__ import annotations

import pytest

from nhance_kit.database import Connection
from nhance_kit.queue import QUEUE_OF_COST, QUEUE_OF_TASK
from nhance_kit.store import JobStore

READ = "SELECT pg_stat_get_xact_tuples_fetched('procrastinate_jobs'::regclass) AS tuples"


async def tuples_read(connection: Connection) -> int:
    row = await (await connection.execute(READ)).fetchone()
    assert row is not None
    return int(row["tuples"])


@pytest.mark.parametrize("queue", sorted({*QUEUE_OF_TASK.values(), *QUEUE_OF_COST.values()}))
@pytest.mark.parametrize("waiting", [0, 1])
async def test_a_worker_does_not_read_what_waits_in_other_queues(
    store: JobStore, queue: str, waiting: int
) -> None:
    other = "enhance" if queue != "enhance" else "mux"
    async with store.database.pool.connection() as connection:
        await connection.execute("DELETE FROM procrastinate_jobs")
        for name, count in ((other, 2000), (queue, waiting)):
            await connection.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name)"
                " SELECT %s, 'any' FROM generate_series(1, %s)",
                (name, count),
            )
        before = await tuples_read(connection)
        cursor = await connection.execute(
            "SELECT queue_name FROM procrastinate_fetch_job_v2(%s, NULL)", ([queue],)
        )
        row = await cursor.fetchone()
        read = await tuples_read(connection) - before
        await connection.rollback()

    assert row is not None
    assert (queue if waiting else None) == row["queue_name"]
    assert read <= 10
