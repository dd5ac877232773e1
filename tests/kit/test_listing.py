"""Lists with filters: every page together holds each job once, whatever is added meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from nhance_kit.errors import DamagedMedia
from nhance_kit.jobs import Job, JobOptions, Source
from nhance_kit.listing import Filter, condition
from nhance_kit.states import JobState
from nhance_kit.store import JobStore, new_job_id

SOURCE = Source("walk.mp4", 1000, "0" * 64)


async def made(store: JobStore, tenant: str, **labels: str) -> Job:
    return await store.create(tenant, new_job_id(), SOURCE, JobOptions(), labels)


async def found(store: JobStore, tenant: str, wanted: Filter) -> list[str]:
    return [job.id for job in await store.newest(tenant, 100, None, wanted)]


async def test_labels_come_back_and_are_found(store: JobStore, tenant: str) -> None:
    walk = await made(store, tenant, place="Jena", kind="walk")
    swim = await made(store, tenant, place="Jena", kind="swim")
    await made(store, tenant)

    assert {"place": "Jena", "kind": "walk"} == walk.labels
    assert await found(store, tenant, Filter(labels={"place": "Jena"})) == [swim.id, walk.id]
    both = Filter(labels={"place": "Jena", "kind": "walk"})
    assert await found(store, tenant, both) == [walk.id]
    assert await found(store, tenant, Filter(labels={"place": "walk"})) == []


async def test_states_and_times_are_found(store: JobStore, tenant: str) -> None:
    first, second, third = [await made(store, tenant) for _ in range(3)]
    await store.steps.fail(first.id, DamagedMedia("Cut off."))
    await store.cancel(second.id, tenant)

    ended = Filter(states=frozenset({JobState.FAILED, JobState.CANCELLED}))
    assert await found(store, tenant, ended) == [second.id, first.id]
    after = Filter(created_after=first.created_at)
    assert await found(store, tenant, after) == [third.id, second.id]
    before = Filter(created_before=third.created_at)
    assert await found(store, tenant, before) == [second.id, first.id]
    between = Filter(created_after=first.created_at, created_before=third.created_at)
    assert await found(store, tenant, between) == [second.id]
    later = Filter(created_after=third.created_at + timedelta(microseconds=1))
    assert await found(store, tenant, later) == []


@pytest.mark.parametrize("limit", [1, 3])
async def test_pages_miss_nothing_while_jobs_are_added(
    store: JobStore, tenant: str, limit: int
) -> None:
    there = []
    for number in range(9):
        job = await made(store, tenant, parity=str(number % 2))
        there += [job.id] if number % 2 else []
    wanted = Filter(labels={"parity": "1"})

    seen: list[str] = []
    before: Any = None
    while page := await store.newest(tenant, limit, before, wanted):
        seen += [job.id for job in page]
        before = (page[-1].created_at, page[-1].id)
        await made(store, tenant, parity="1")

    assert there[::-1] == seen


async def test_a_rare_label_is_found_by_its_index(store: JobStore, tenant: str) -> None:
    where, values = condition(tenant, Filter(labels={"trip": "Jena"}), None)
    async with (
        store.database.transaction() as connection,
        connection.transaction(force_rollback=True),
    ):
        await connection.execute("SET LOCAL session_replication_role = replica")  # no triggers
        await connection.execute(
            "INSERT INTO jobs (id, tenant, state, options, source, labels)"
            " SELECT gen_random_uuid(), %s, 'queued', '{}', '{}',"
            " jsonb_build_object('trip', number::text) FROM generate_series(1, 20000) AS number",
            (tenant,),
        )
        await connection.execute("ANALYZE jobs")
        cursor = await connection.execute(
            f"EXPLAIN SELECT id FROM jobs WHERE {where} ORDER BY created_at DESC, id DESC LIMIT 21",
            values,
        )
        plan = "\n".join(row["QUERY PLAN"] for row in await cursor.fetchall())
    assert "jobs_labels" in plan, plan
