"""A worker's own way through what can befall a task."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from fastapi import FastAPI
from procrastinate import App
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job as Task
from procrastinate.manager import JobManager

from nhance_kit.jobs import JobOptions, Source
from nhance_kit.objects import ObjectStore
from nhance_kit.queue import ENHANCE, INGEST, Cost
from nhance_kit.settings import Settings
from nhance_kit.store import JobStore, new_job_id
from nhance_kit.worker import Handler, create_worker_app

SOURCE = Source("walk.mp4", 1000, "0" * 64)


async def test_a_task_that_ended_elsewhere_does_not_end_the_worker(
    settings: Settings, store: JobStore, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = []
    for name in ("first.mp4", "second.mp4"):
        job = await store.create(tenant, new_job_id(), replace(SOURCE, name=name), JobOptions())
        wanted.append(job.id)
    taken: asyncio.Queue[str] = asyncio.Queue()
    signals: list[Any] = []
    monkeypatch.setattr("os.kill", lambda *signal: signals.append(signal))

    def handlers(_: JobStore, __: ObjectStore) -> Mapping[str, Handler]:
        async def ingest(job_id: str) -> None:
            if job_id == wanted[0]:
                async with store.database.pool.connection() as connection:
                    await connection.execute(
                        "DELETE FROM procrastinate_jobs WHERE args->>'job_id' = %s", (job_id,)
                    )
            if job_id in wanted:
                taken.put_nowait(job_id)

        return {INGEST: ingest}

    app = create_worker_app("ingest", settings, handlers)
    async with app.router.lifespan_context(app), asyncio.timeout(120):
        assert wanted == [await taken.get(), await taken.get()]
    assert signals == []


async def signals_while_asking(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, question: str, answer: Callable[[], Any]
) -> list[Any]:
    """What a process is sent while its worker asks the queue three times and gets this answer."""
    asked = asyncio.Semaphore(0)

    async def answered(*_: Any, **__: Any) -> Any:
        asked.release()
        return answer()

    signals: list[Any] = []
    monkeypatch.setattr("os.kill", lambda *signal: signals.append(signal))
    monkeypatch.setattr(JobManager, question, answered)
    hasty = settings.model_copy(update={"stalled_s": 0.2, "heartbeat_s": 0.05})
    app = create_worker_app("ingest", hasty, lambda _, __: {INGEST: unused})
    async with app.router.lifespan_context(app), asyncio.timeout(60):
        for _ in range(3):
            await asked.acquire()
    return signals


def unanswered() -> None:
    raise ConnectorException("PostgreSQL went away")


async def test_a_stalled_task_that_ends_meanwhile_does_not_end_the_worker(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = Task(
        id=2**40, queue="ingest", lock=None, queueing_lock=None, task_name="ingest", status="doing"
    )
    signals = await signals_while_asking(settings, monkeypatch, "get_stalled_jobs", lambda: [gone])
    assert signals == []


async def test_stalled_tasks_are_sought_again_when_postgresql_is_back(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    signals = await signals_while_asking(settings, monkeypatch, "get_stalled_jobs", unanswered)
    assert signals == []


async def unused(job_id: str) -> None:
    """Tasks of other tests."""


async def test_a_stopping_worker_hands_its_task_back_unfailed_and_others_hear_of_it(
    settings: Settings, store: JobStore, tenant: str
) -> None:
    source = Source("handed-back.mp4", 1000, "0" * 64)
    job = await store.create(tenant, new_job_id(), source, JobOptions())
    begun = asyncio.Event()

    def handlers(_: JobStore, __: ObjectStore) -> Mapping[str, Handler]:
        async def ingest(job_id: str) -> None:
            if job_id == job.id:
                begun.set()
                await asyncio.sleep(3600)

        return {INGEST: ingest}

    hasty = settings.model_copy(update={"shutdown_grace_s": 0.2})
    app = create_worker_app("ingest", hasty, handlers)
    async with await psycopg.AsyncConnection.connect(
        settings.database_url, autocommit=True
    ) as listener:
        async with asyncio.timeout(120), app.router.lifespan_context(app):
            await begun.wait()
            await listener.execute('LISTEN "procrastinate_queue_v1#ingest"')
        heard = [one async for one in listener.notifies(timeout=10, stop_after=1)]

    async with store.database.transaction() as connection:
        cursor = await connection.execute(
            "SELECT id, status, attempts, worker_id FROM procrastinate_jobs"
            " WHERE args->>'job_id' = %s",
            (job.id,),
        )
        task = await cursor.fetchone()
    assert task is not None
    assert ("todo", 0, None) == (task["status"], task["attempts"], task["worker_id"])
    assert [task["id"]] == [json.loads(one.payload)["job_id"] for one in heard]


@pytest.mark.parametrize("why", ["told to", "by itself"])
async def test_a_task_of_a_stopping_worker_is_not_taken_over(
    why: str,
    settings: Settings,
    store: JobStore,
    tenant: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = await store.create(tenant, new_job_id(), SOURCE, JobOptions())
    by: list[str] = []
    begun, failed, ended, signalled = (asyncio.Event() for _ in range(4))
    hasty = settings.model_copy(
        update={"stalled_s": 0.5, "heartbeat_s": 0.1, "shutdown_grace_s": 60.0}
    )
    fetch = JobManager.fetch_job

    async def fails_once_busy(self: JobManager, *args: Any, **named: Any) -> Task | None:
        if not begun.is_set():
            return await fetch(self, *args, **named)
        failed.set()
        raise ConnectorException("PostgreSQL went away")

    def worker(name: str) -> FastAPI:
        def handlers(_: JobStore, __: ObjectStore) -> Mapping[str, Handler]:
            async def ingest(job_id: str) -> None:
                if job_id == job.id:
                    by.append(name)
                    begun.set()
                    if why == "by itself":
                        await failed.wait()
                    await asyncio.sleep(3)
                    ended.set()

            return {INGEST: ingest}

        return create_worker_app(name, hasty, handlers, at_once=2)

    monkeypatch.setattr("os.kill", lambda *_: signalled.set())
    stopping, staying = worker("stopping"), worker("staying")
    async with asyncio.timeout(120), AsyncExitStack() as beside:
        with monkeypatch.context() as patch:
            if why == "by itself":
                patch.setattr(JobManager, "fetch_job", fails_once_busy)
            async with stopping.router.lifespan_context(stopping):
                await begun.wait()
                if why == "by itself":
                    await failed.wait()
                patch.undo()
                await beside.enter_async_context(staying.router.lifespan_context(staying))
                if why == "by itself":
                    await signalled.wait()
        assert ended.is_set()
        assert signalled.is_set() == (why == "by itself")
    assert ["stopping"] == by


async def test_a_listener_that_was_lost_listens_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    signals = await signals_while_asking(settings, monkeypatch, "listen_for_jobs", unanswered)
    assert signals == []


async def test_a_worker_that_stopped_by_itself_ends_its_process_whatever_hangs_beside_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def deaf(*_: Any) -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(3600)
        await asyncio.sleep(3600)

    async def stopped(*_: Any, **__: Any) -> None:
        pass

    signalled = asyncio.Event()
    monkeypatch.setattr("os.kill", lambda *_: signalled.set())
    monkeypatch.setattr("nhance_kit.worker._take_over_stalled", deaf)
    monkeypatch.setattr("nhance_kit.worker.LEAVE_S", 0.2)
    monkeypatch.setattr(App, "run_worker_async", stopped)
    app = create_worker_app("ingest", settings, lambda _, __: {INGEST: unused})
    async with asyncio.timeout(60), app.router.lifespan_context(app):
        await signalled.wait()


async def test_a_worker_takes_from_the_queues_that_it_is_given(
    settings: Settings, store: JobStore, tenant: str
) -> None:
    """Of two workers each takes what is for it, whichever came first."""
    jobs = {}
    for cost in (Cost.HEAVY, Cost.LIGHT):
        job = await store.create(tenant, new_job_id(), SOURCE, JobOptions(), cost=cost)
        await store.steps.ingest_started(job.id)
        await store.steps.batches_cut(job.id, {}, [10], [])
        jobs[job.id] = cost
    taken: asyncio.Queue[tuple[str, Cost]] = asyncio.Queue()

    def pool(name: str, queue: str) -> FastAPI:
        def handlers(_: JobStore, __: ObjectStore) -> Mapping[str, Handler]:
            async def enhance(job_id: str, index: int) -> None:
                if job_id in jobs:
                    taken.put_nowait((name, jobs[job_id]))

            return {ENHANCE: enhance}

        return create_worker_app(name, settings, handlers, queues=[queue])

    light, heavy = pool("light", "enhance-light"), pool("heavy", "enhance")
    async with asyncio.timeout(120):
        async with light.router.lifespan_context(light):
            first = await taken.get()
            await asyncio.sleep(0.5)
            assert taken.empty()
        async with heavy.router.lifespan_context(heavy):
            assert [("light", Cost.LIGHT), ("heavy", Cost.HEAVY)] == [first, await taken.get()]
