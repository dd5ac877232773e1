"""What lies in the queues, as figures for Prometheus.

Workers come and go, so each gateway tells of the whole; who reads takes the largest.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog

from nhance_kit import metrics
from nhance_kit.database import Database
from nhance_kit.errors import StoreUnavailable
from nhance_kit.queue import QUEUE_OF_COST, QUEUE_OF_TASK

log = structlog.get_logger()

EVERY_S = 15.0
QUEUES = sorted({*QUEUE_OF_TASK.values(), *QUEUE_OF_COST.values()})
STATES = ("due", "later", "running", "dead")

# Tasks that were done are deleted. One that is `failed` is nobody's any more: its worker could not
# even say how it ended.
_QUERY = """
    WITH tasks AS (
        SELECT id, queue_name, scheduled_at, CASE
            WHEN status = 'doing' THEN 'running'
            WHEN status = 'failed' THEN 'dead'
            WHEN coalesce(scheduled_at, now()) <= now() THEN 'due'
            ELSE 'later'
        END AS state
        FROM procrastinate_jobs WHERE status IN ('todo', 'doing', 'failed')
    )
    SELECT queue_name, state, count(*) AS tasks, max(extract(epoch FROM
        now() - greatest(scheduled_at, (
            SELECT min(at) FROM procrastinate_events WHERE job_id = tasks.id AND state = 'due'
        ))
    ))::float8 AS oldest_s
    FROM tasks GROUP BY queue_name, state
"""


@dataclass(frozen=True)
class QueueState:
    """How many tasks of a queue are in each of STATES, and how long the oldest due has waited."""

    tasks: dict[str, int]
    oldest_due_s: float


async def queue_states(database: Database) -> dict[str, QueueState]:
    """Every queue of QUEUES as it is; raises StoreUnavailable."""
    async with database.transaction() as connection:
        cursor = await connection.execute(_QUERY)
        rows = {(row["queue_name"], row["state"]): row for row in await cursor.fetchall()}
    found = {}
    for queue in QUEUES:
        tasks = {
            state: int(rows[queue, state]["tasks"]) if (queue, state) in rows else 0
            for state in STATES
        }
        oldest_s = rows[queue, "due"]["oldest_s"] if tasks["due"] else 0.0
        found[queue] = QueueState(tasks, max(0.0, float(oldest_s or 0.0)))
    return found


async def keep_counting(database: Database) -> None:
    """Set the figures again and again. What is not known is not told, rather than told of old."""
    while True:
        try:
            for queue, state in (await queue_states(database)).items():
                for name, tasks in state.tasks.items():
                    metrics.QUEUE_TASKS.labels(queue, name).set(tasks)
                metrics.QUEUE_OLDEST_S.labels(queue).set(state.oldest_due_s)
        except StoreUnavailable as error:
            log.warning("queues_not_counted", reason=str(error))
            metrics.QUEUE_TASKS.clear()
            metrics.QUEUE_OLDEST_S.clear()
        await asyncio.sleep(EVERY_S)
