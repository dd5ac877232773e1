"""A worker's own way through what can befall a task."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from nhance_kit.jobs import JobOptions, Source
from nhance_kit.objects import ObjectStore
from nhance_kit.queue import INGEST
from nhance_kit.settings import Settings
from nhance_kit.store import JobStore, new_job_id
from nhance_kit.worker import Handler, create_worker_app


async def test_a_task_that_ended_elsewhere_does_not_end_the_worker(
    settings: Settings, store: JobStore, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = []
    for name in ("first.mp4", "second.mp4"):
        source = Source(name, 1000, "0" * 64)
        job = await store.create(tenant, new_job_id(), source, JobOptions())
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
