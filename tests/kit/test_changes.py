"""Every change is on record, in order, and told at once."""

from __future__ import annotations

import asyncio

import pytest

from nhance_kit import steps
from nhance_kit.changes import APPLICATION, ChangeLog
from nhance_kit.errors import DamagedMedia, StoreUnavailable
from nhance_kit.jobs import Job, JobOptions, Output, Source
from nhance_kit.pace import LEAST_S
from nhance_kit.store import JobStore, new_job_id

SOURCE = Source("walk.mp4", 1000, "0" * 64)


@pytest.fixture
def log(store: JobStore) -> ChangeLog:
    return ChangeLog(store.database)


async def made(store: JobStore, tenant: str) -> Job:
    return await store.create(tenant, new_job_id(), SOURCE, JobOptions())


async def enhancing(store: JobStore, job: Job, *frames: int) -> None:
    await store.steps.ingest_started(job.id)
    await store.steps.batches_cut(job.id, {"width": 64}, frames, [])


async def test_the_revision_grows_with_every_step(store: JobStore, tenant: str) -> None:
    job = await made(store, tenant)
    revisions = [job.revision]

    async def noted() -> None:
        revisions.append((await store.job(job.id)).revision)

    await store.steps.ingest_started(job.id)
    await noted()
    await store.steps.batches_cut(job.id, {}, [20], [])
    await noted()
    await store.steps.batch_begun(job.id, 0)
    await noted()
    for frames in (5, 10):
        await store.steps.frames_done(job.id, 0, frames)
        await noted()
    await store.steps.batch_done(job.id, 0, 20, [])
    await noted()
    await store.steps.muxed(job.id, Output("mp4", 1, "0" * 64), [])
    await noted()

    assert sorted(set(revisions)) == revisions


async def test_a_batch_is_told_of_when_it_is_the_first_or_goes_back(
    store: JobStore, tenant: str
) -> None:
    job = await made(store, tenant)
    await enhancing(store, job, 20, 20)
    revisions = []

    for index in (0, 1, 1):
        await store.steps.batch_begun(job.id, index)
        revisions.append((await store.job(job.id)).revision)

    cut = revisions[0] - 1
    assert [cut + 1, cut + 1, cut + 2] == revisions


async def test_a_batch_that_ends_a_silence_is_told_of(
    store: JobStore, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await made(store, tenant)
    await enhancing(store, job, 20, 20)
    await store.steps.batch_begun(job.id, 0)
    before = await store.job(job.id)

    monkeypatch.setattr(steps, "SILENT_S", 0.0)
    await store.steps.batch_begun(job.id, 1)

    assert before.revision + 1 == (await store.job(job.id)).revision


async def test_what_changed_is_found_once_it_has(
    store: JobStore, log: ChangeLog, tenant: str
) -> None:
    before = await made(store, tenant)
    horizon = await log.horizon()
    assert (await log.since(horizon, [tenant], [])).changes == []
    changed, deleted = await made(store, tenant), await made(store, tenant)
    await store.steps.ingest_started(changed.id)
    await store.delete(deleted.id, tenant)

    found = await log.since(horizon, [tenant], [])
    assert {changed.id: "ingesting", deleted.id: None} == {
        change.job_id: change.job and change.job.state for change in found.changes
    }
    assert {change.tenant for change in found.changes} == {tenant}
    assert found.horizon > horizon
    assert (await log.since(found.horizon, [tenant], [before.id])).changes == []
    (alone,) = (await log.since(horizon, [], [changed.id])).changes
    assert alone.job == await store.job(changed.id)


async def test_a_change_that_was_not_over_is_told_later(
    store: JobStore, log: ChangeLog, tenant: str
) -> None:
    """Transactions end in another order than they begin."""
    slow, fast = await made(store, tenant), await made(store, tenant)
    horizon = await log.horizon()
    async with store.database.transaction() as connection:
        await connection.execute("UPDATE jobs SET warnings = '[]' WHERE id = %s", (slow.id,))
        await store.steps.ingest_started(fast.id)
        meanwhile = await log.since(horizon, [tenant], [])
    then = await log.since(meanwhile.horizon, [tenant], [])

    assert [fast.id] == [change.job_id for change in meanwhile.changes]
    assert slow.id in [change.job_id for change in then.changes]


async def test_the_unfinished_are_read_again(store: JobStore, log: ChangeLog, tenant: str) -> None:
    waiting, ended = await made(store, tenant), await made(store, tenant)
    await store.steps.fail(ended.id, DamagedMedia("Cut off."))

    found = await log.unfinished([], [waiting.id, ended.id])
    assert [waiting.id] == [change.job_id for change in found]
    assert found == await log.unfinished([tenant], [])


async def test_who_listens_is_told_with_the_commit(
    store: JobStore, log: ChangeLog, tenant: str
) -> None:
    told = log.notifications()
    try:
        async with asyncio.timeout(30):
            assert await anext(told) is None
            job = await made(store, tenant)
            assert await anext(told) == (job.id, tenant)
            await store.delete(job.id, tenant)
            assert await anext(told) == (job.id, tenant)
    finally:
        await told.aclose()


async def test_nobody_is_woken_for_progress(store: JobStore, log: ChangeLog, tenant: str) -> None:
    told = log.notifications()
    try:
        async with asyncio.timeout(30):
            assert await anext(told) is None
            job = await made(store, tenant)
            await enhancing(store, job, 20)
            horizon = await log.horizon()
            await store.steps.batch_begun(job.id, 0)
            await store.steps.frames_done(job.id, 0, 10)
            (progress,) = (await log.since(horizon, [tenant], [])).changes
            other = await made(store, tenant)
            ids = [(await anext(told) or ("",))[0] for _ in range(4)]
    finally:
        await told.aclose()

    assert progress.job is not None
    assert ids == [job.id, job.id, job.id, other.id], "created, ingesting, enhancing; created"


async def test_a_connection_that_broke_is_told(store: JobStore, log: ChangeLog) -> None:
    told = log.notifications()
    assert await anext(told) is None
    async with store.database.pool.connection() as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s",
            (APPLICATION,),
        )
    with pytest.raises(StoreUnavailable):
        await anext(told)


async def test_the_place_in_the_queue_counts_whom_it_waits_for(
    store: JobStore, tenant: str
) -> None:
    first, second = await made(store, tenant), await made(store, tenant + "x")
    places = [(await store.job(job.id)).queue_position for job in (first, second)]
    assert places[0] is not None
    assert places[1] == places[0] + 1
    await enhancing(store, first, 10)
    assert (await store.job(first.id)).queue_position == places[0]
    await store.steps.batch_begun(first.id, 0)
    assert (await store.job(first.id)).queue_position is None
    assert (await store.job(second.id)).queue_position == places[1]
    await store.steps.batch_done(first.id, 0, 10, [])
    assert (await store.job(second.id)).queue_position == places[0]


async def test_the_speed_counts_the_frames_of_all_workers(store: JobStore, tenant: str) -> None:
    job = await made(store, tenant)
    await enhancing(store, job, 50, 50)
    for index in (0, 1):
        await store.steps.batch_begun(job.id, index)
    await asyncio.sleep(LEAST_S)
    await asyncio.gather(*(store.steps.frames_done(job.id, index, 20) for index in (0, 1)))

    found = await store.job(job.id)
    assert found.frames_done == 40
    assert found.frames_per_second is not None
    assert 0 < found.frames_per_second <= 40 / LEAST_S
    await store.steps.batch_begun(job.id, 1)
    assert (await store.job(job.id)).frames_done == 20
