"""What a job leaves behind goes, also what is stored after the job has ended."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack

import pytest
from fastapi import FastAPI

from nhance_ingest.app import create_app
from nhance_kit import keys, steps
from nhance_kit.jobs import JobOptions, Source
from nhance_kit.objects import ObjectStore
from nhance_kit.queue import MUX
from nhance_kit.settings import Settings
from nhance_kit.store import JobStore, new_job_id
from nhance_kit.worker import create_worker_app

SOURCE = Source("walk.mp4", 1000, "0" * 64)


async def test_what_mux_stores_after_its_job_was_deleted_goes_as_well(
    settings: Settings,
    store: JobStore,
    objects: ObjectStore,
    tenant: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(steps, "LEFT_ALONE_S", 0.5)
    job = await store.create(tenant, new_job_id(), SOURCE, JobOptions())
    await store.steps.ingest_started(job.id)
    await store.steps.batches_cut(job.id, {}, [10], [])
    await store.steps.batch_begun(job.id, 0)
    await store.steps.batch_done(job.id, 0, 10, [])
    source = keys.source(tenant, job.id)
    output = keys.output(tenant, job.id, "mp4")
    objects.put(source, b"video")
    begun, deleted, stored = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def muxing() -> FastAPI:
        async def mux(job_id: str) -> None:
            if job_id == job.id:
                begun.set()
                await deleted.wait()
                await asyncio.to_thread(objects.put, output, b"late")
                stored.set()

        return create_worker_app("mux", settings, lambda _, __: {MUX: mux})

    def wait_until_gone(prefix: str) -> None:
        while objects.keys(prefix):
            time.sleep(0.2)

    async with asyncio.timeout(120), AsyncExitStack() as workers:
        for app in (muxing(), create_app(settings)):
            await workers.enter_async_context(app.router.lifespan_context(app))
        await begun.wait()
        await store.delete(job.id, tenant)
        await asyncio.to_thread(wait_until_gone, source)
        deleted.set()
        await stored.wait()
        await asyncio.to_thread(wait_until_gone, keys.job_prefix(tenant, job.id))
