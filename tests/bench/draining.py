"""A worker process that takes batches and does nothing with them."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from procrastinate.jobs import Job as Task
from procrastinate.manager import JobManager

from nhance_kit.objects import ObjectStore
from nhance_kit.queue import ENHANCE
from nhance_kit.settings import Settings
from nhance_kit.store import JobStore
from nhance_kit.warned import JobWarning
from nhance_kit.worker import Handler, create_worker_app

BATCHES_AT_ONCE = 2
FRAMES = 60


def work(settings: Settings, fetched: Path) -> None:
    """One worker process, until SIGTERM; then it writes what each fetch took, in ms."""
    took = []
    fetch = JobManager.fetch_job

    async def timed(*args: Any, **kwargs: Any) -> Task | None:
        began = time.perf_counter()
        task = await fetch(*args, **kwargs)
        if task is not None:
            took.append((time.perf_counter() - began) * 1000)
        return task

    JobManager.fetch_job = timed  # type: ignore[method-assign]

    def handlers(store: JobStore, _: ObjectStore) -> Mapping[str, Handler]:
        async def enhance(job_id: str, index: int) -> None:
            _, batch = await store.steps.batch(job_id, index)
            if batch.done:
                return
            await store.steps.pin(job_id, 1, "an encoder")
            await store.steps.batch_begun(job_id, index)
            warning = JobWarning("unknown", f"batch {index}")
            await store.steps.batch_done(job_id, index, FRAMES, [warning])

        return {ENHANCE: enhance}

    async def run() -> None:
        app = create_worker_app("enhance", settings, handlers, BATCHES_AT_ONCE)
        stopped = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
        async with app.router.lifespan_context(app):
            await stopped.wait()

    asyncio.run(run())
    np.save(fetched, took)
