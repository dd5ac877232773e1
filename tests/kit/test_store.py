"""Every step of a job is one transaction, takes effect once, and queues what comes next."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from nhance_kit.errors import DamagedMedia, NotFound, Superseded
from nhance_kit.jobs import Job, JobOptions, Output, Source
from nhance_kit.moving import lock
from nhance_kit.queue import Cost
from nhance_kit.states import IllegalTransition, JobState
from nhance_kit.store import JobStore, new_job_id
from nhance_kit.warned import JobWarning, WarningCode

SOURCE = Source("walk.mp4", 1000, "0" * 64)
OUTPUT = Output("mp4", 900, "1" * 64)
ENCODER = "an encoder"
WARNING = JobWarning(WarningCode.STREAM_LEFT_OUT, "Stream 3 is not in the output.", 3)


async def queued(store: JobStore, job_id: str) -> list[str]:
    """The names of a job's tasks, in the order of their making."""
    async with store.database.pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT task_name FROM procrastinate_jobs WHERE args->>'job_id' = %s ORDER BY id",
            (job_id,),
        )
        return [row["task_name"] async for row in cursor]


async def queues(store: JobStore, job_id: str) -> list[str]:
    """The queues of a job's tasks, in the order of their making."""
    async with store.database.pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT queue_name FROM procrastinate_jobs WHERE args->>'job_id' = %s ORDER BY id",
            (job_id,),
        )
        return [row["queue_name"] async for row in cursor]


@pytest.fixture
async def job(store: JobStore, tenant: str) -> Job:
    return await store.create(tenant, new_job_id(), SOURCE, JobOptions())


async def enhancing(store: JobStore, job: Job, *frames: int) -> None:
    await store.steps.ingest_started(job.id)
    await store.steps.batches_cut(job.id, {"width": 64}, frames, [])


async def test_the_way_of_a_job(store: JobStore, job: Job) -> None:
    await enhancing(store, job, 50, 40)
    for index, frames in enumerate((50, 40)):
        await store.steps.batch_begun(job.id, index)
        found, batch = await store.steps.batch(job.id, index)
        assert (found.state, batch.frames, batch.attempts) == ("enhancing", frames, 1)
        assert await store.steps.frames_done(job.id, index, 10)
        await store.steps.batch_done(job.id, index, frames, [])
    assert (await store.steps.mux_started(job.id)).frames_total == 90
    await store.steps.muxed(job.id, OUTPUT, [WARNING])

    found = await store.job(job.id)
    assert (found.state, found.frames_done, found.batches_done) == (JobState.SUCCEEDED, 90, 2)
    assert (found.output, found.warnings) == (OUTPUT, [WARNING])
    assert await queued(store, job.id) == ["ingest", "enhance", "enhance", "mux", "clean_up"]


async def test_a_try_that_comes_late_takes_no_frames_back(store: JobStore, job: Job) -> None:
    await enhancing(store, job, 50, 40)
    for _ in range(2):
        await store.steps.batch_begun(job.id, 0)
    await store.steps.batch_done(job.id, 0, 50, [])

    assert not await store.steps.frames_done(job.id, 0, 47)
    assert (await store.job(job.id)).frames_done == 50


async def test_options_are_stored_without_what_was_not_chosen(store: JobStore, tenant: str) -> None:
    options = JobOptions(strength=0.5, crf=20)
    job = await store.create(tenant, new_job_id(), SOURCE, options)
    assert options == job.options
    async with store.database.pool.connection() as connection:
        cursor = await connection.execute("SELECT options FROM jobs WHERE id = %s", (job.id,))
        (row,) = await cursor.fetchall()
    assert (0.5, 20) == (row["options"]["strength"], row["options"]["crf"])
    assert None not in row["options"].values()
    assert "nvenc" not in row["options"]


@pytest.mark.parametrize(("cost", "queue"), [("light", "enhance-light"), ("heavy", "enhance")])
async def test_what_batches_cost_decides_their_queue(
    store: JobStore, tenant: str, cost: str, queue: str
) -> None:
    job = await store.create(tenant, new_job_id(), SOURCE, JobOptions(), cost=Cost(cost))
    await enhancing(store, job, 50, 40)

    assert ["ingest", queue, queue] == await queues(store, job.id)


async def test_the_work_on_a_job_is_summed_up(store: JobStore, job: Job) -> None:
    await enhancing(store, job, 50, 40)
    for index, attempts in enumerate((1, 2)):
        for _ in range(attempts):
            await store.steps.batch_begun(job.id, index)
        seconds = {"decode": 1.0, "model": 2.5 + index, "encode": 0.5}
        await store.steps.batch_done(job.id, index, 10, [], seconds)

    found = await store.steps.work(job.id)

    assert (3, 2.0, 6.0, 1.0) == (found.attempts, found.decode_s, found.model_s, found.encode_s)
    assert min(found.queue_s, found.ingest_s, found.enhance_s) > 0


async def test_batches_that_end_at_once_queue_one_mux(store: JobStore, job: Job) -> None:
    await enhancing(store, job, *[10] * 8)

    await asyncio.gather(*(store.steps.batch_done(job.id, index, 10, []) for index in range(8)))

    assert (await queued(store, job.id)).count("mux") == 1


async def test_a_batch_done_by_two_workers_takes_effect_once(store: JobStore, job: Job) -> None:
    await enhancing(store, job, 10, 10)
    await store.steps.batch_done(job.id, 0, 10, [WARNING])

    with pytest.raises(Superseded):
        await store.steps.batch_done(job.id, 0, 10, [WARNING])

    found = await store.job(job.id)
    assert ([WARNING], 1, 10) == (found.warnings, found.batches_done, found.frames_done)


async def test_a_step_done_twice_takes_effect_once(store: JobStore, job: Job) -> None:
    await enhancing(store, job, 10)
    with pytest.raises(Superseded):
        await store.steps.batches_cut(job.id, {}, [10], [])
    await store.steps.batch_done(job.id, 0, 10, [])
    with pytest.raises(Superseded):
        await store.steps.batch_done(job.id, 0, 10, [])
    await store.steps.muxed(job.id, OUTPUT, [])
    with pytest.raises(Superseded):
        await store.steps.muxed(job.id, OUTPUT, [])

    assert await queued(store, job.id) == ["ingest", "enhance", "mux", "clean_up"]


@pytest.mark.parametrize("steps", range(4))
async def test_a_job_is_cancelled_once_in_any_state(
    store: JobStore, job: Job, tenant: str, steps: int
) -> None:
    if steps > 0:
        await store.steps.ingest_started(job.id)
    if steps > 1:
        await store.steps.batches_cut(job.id, {}, [10], [])
    if steps > 2:
        await store.steps.batch_done(job.id, 0, 10, [])

    assert (await store.cancel(job.id, tenant)).state == JobState.CANCELLED

    with pytest.raises(IllegalTransition):
        await store.cancel(job.id, tenant)
    for late in (
        store.steps.ingest_started(job.id),
        store.steps.batch(job.id, 0),
        store.steps.mux_started(job.id),
        store.steps.muxed(job.id, OUTPUT, []),
    ):
        with pytest.raises(Superseded):
            await late
    assert not await store.steps.frames_done(job.id, 0, 1)
    assert (await store.job(job.id)).state == JobState.CANCELLED


async def test_a_step_that_is_called_off_keeps_nothing_locked(store: JobStore, job: Job) -> None:
    await enhancing(store, job, 50)
    async with store.database.transaction() as connection:
        await lock(connection, job.id)
        waiting = asyncio.create_task(store.steps.batch_done(job.id, 0, 50, [WARNING]))
        await asyncio.sleep(0.2)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    assert (await store.job(job.id)).batches_done == 0
    async with asyncio.timeout(10):
        await store.steps.batch_done(job.id, 0, 50, [WARNING])
    assert (await store.job(job.id)).warnings == [WARNING]


async def test_the_first_error_stays(store: JobStore, job: Job) -> None:
    await store.steps.fail(job.id, DamagedMedia("Cut off."))
    await store.steps.fail(job.id, DamagedMedia("Later."))

    found = await store.job(job.id)
    assert found.error == {"code": "damaged-media", "status": 422, "detail": "Cut off."}


async def test_a_deleted_job_supersedes_its_tasks(store: JobStore, job: Job, tenant: str) -> None:
    await enhancing(store, job, 10)
    await store.delete(job.id, tenant)

    with pytest.raises(NotFound):
        await store.job(job.id)
    for late in (store.steps.batch(job.id, 0), store.steps.batch_done(job.id, 0, 10, [])):
        with pytest.raises(Superseded):
            await late


async def test_another_tenants_job_is_not_there(store: JobStore, job: Job) -> None:
    for access in (
        store.job(job.id, "stranger"),
        store.cancel(job.id, "stranger"),
        store.delete(job.id, "stranger"),
    ):
        with pytest.raises(NotFound):
            await access
    assert (await store.job(job.id)).state == JobState.QUEUED


async def test_the_version_of_the_model_is_the_first_one_named(store: JobStore, job: Job) -> None:
    pinned = await asyncio.gather(*(store.steps.pin(job.id, n, ENCODER) for n in (3, 4, 5)))

    assert len(set(pinned)) == 1
    before = await store.job(job.id)
    assert await store.steps.pin(job.id, 6, ENCODER) == (before.model_version, ENCODER)
    assert await store.job(job.id) == before, "what is pinned already is no change"


async def test_pages_cover_all_jobs_in_order(store: JobStore, tenant: str) -> None:
    made = [await store.create(tenant, new_job_id(), SOURCE, JobOptions()) for _ in range(5)]

    seen: list[Job] = []
    before: Any = None
    while page := await store.newest(tenant, 2, before):
        seen += page
        before = (page[-1].created_at, page[-1].id)

    assert [job.id for job in reversed(made)] == [job.id for job in seen]
