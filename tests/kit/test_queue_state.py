"""The figures of the queues are those of the queues."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from prometheus_client import REGISTRY

from nhance_kit import queue_state
from nhance_kit.errors import StoreUnavailable
from nhance_kit.queue_state import QUEUES, QueueState, keep_counting, queue_states
from nhance_kit.store import JobStore

NOTHING = QueueState({"due": 0, "later": 0, "running": 0, "dead": 0}, 0.0)


@pytest.fixture
async def empty(store: JobStore) -> AsyncIterator[JobStore]:
    """A store whose queues are empty before and after."""
    async with store.database.transaction() as connection:
        await connection.execute("DELETE FROM procrastinate_jobs")
    yield store
    async with store.database.transaction() as connection:
        await connection.execute("DELETE FROM procrastinate_jobs")


async def put(store: JobStore, queue: str, status: str, due_s: float | None, age_s: float) -> None:
    """A task of a queue that was queued ``age_s`` ago and is due in ``due_s``."""
    async with store.database.transaction() as connection:
        cursor = await connection.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, scheduled_at) VALUES"
            " (%s, 'task', %s, now() + %s * interval '1 second') RETURNING id",
            (queue, status, due_s),
        )
        row = await cursor.fetchone()
        assert row is not None
        await connection.execute(
            "UPDATE procrastinate_events SET at = now() - %s * interval '1 second'"
            " WHERE job_id = %s",
            (age_s, row["id"]),
        )


async def test_a_queue_is_counted_by_what_its_tasks_wait_for(empty: JobStore) -> None:
    assert dict.fromkeys(QUEUES, NOTHING) == await queue_states(empty.database)

    for status, due_s, age_s in [
        ("todo", None, 100),
        ("todo", None, 300),
        ("todo", -20, 400),
        ("todo", 3600, 500),
        ("doing", None, 600),
        ("failed", None, 700),
        ("succeeded", None, 800),
    ]:
        await put(empty, "enhance-light", status, due_s, age_s)
    await put(empty, "mux", "todo", -50, 400)

    found = await queue_states(empty.database)
    assert {"due": 3, "later": 1, "running": 1, "dead": 1} == found["enhance-light"].tasks
    assert found["enhance-light"].oldest_due_s == pytest.approx(300, abs=5)
    assert found["mux"].oldest_due_s == pytest.approx(50, abs=5), "before, nobody was to take it"
    assert NOTHING == found["enhance"]


async def test_what_is_not_known_is_not_told(
    empty: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told() -> float | None:
        return REGISTRY.get_sample_value("nhance_queue_tasks", {"queue": "mux", "state": "due"})

    async def becomes(wanted: float | None) -> None:
        for _ in range(2000):
            if told() == wanted:
                return
            await asyncio.sleep(0.01)
        pytest.fail(f"never became {wanted}")

    monkeypatch.setattr(queue_state, "EVERY_S", 0.01)
    await put(empty, "mux", "todo", None, 10)
    counting = asyncio.create_task(keep_counting(empty.database))
    try:
        await becomes(1)
        monkeypatch.setattr(queue_state, "queue_states", unavailable)
        await becomes(None)
        monkeypatch.setattr(queue_state, "queue_states", queue_states)
        await becomes(1)
    finally:
        counting.cancel()


async def unavailable(_: object) -> dict[str, QueueState]:
    raise StoreUnavailable("The database did not answer.")
