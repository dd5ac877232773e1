"""The mux worker: its task, and the app that runs it."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from fastapi import FastAPI

from nhance_kit.blocking import Stop, in_thread
from nhance_kit.objects import ObjectStore
from nhance_kit.queue import MUX
from nhance_kit.settings import Settings
from nhance_kit.store import JobStore
from nhance_kit.worker import Handler, create_worker_app
from nhance_mux.join import join

log = structlog.get_logger()


def create_app(settings: Settings) -> FastAPI:
    def handlers(store: JobStore, objects: ObjectStore) -> Mapping[str, Handler]:
        async def mux(job_id: str) -> None:
            job = await store.mux_started(job_id)
            stop = Stop()
            output, warnings = await in_thread(
                lambda: join(objects, job, settings.scratch_dir, stop), stop
            )
            await store.muxed(job_id, output, warnings)
            log.info("job_succeeded", bytes=output.bytes)

        return {MUX: mux}

    return create_worker_app("mux", settings, handlers)
