"""The mux worker: its task, and the app that runs it."""

from __future__ import annotations

import time
from collections.abc import Mapping

import structlog
from fastapi import FastAPI

from nhance_kit.blocking import Stop, in_thread
from nhance_kit.objects import ObjectStore
from nhance_kit.queue import MUX
from nhance_kit.settings import Settings
from nhance_kit.store import JobStore
from nhance_kit.worker import Handler, create_worker_app
from nhance_mux.join import Joined, join
from nhance_mux.reporting import write_report
from nhance_mux.scratch import clear

log = structlog.get_logger()


def create_app(settings: Settings) -> FastAPI:
    clear(settings.scratch_dir)

    def handlers(store: JobStore, objects: ObjectStore) -> Mapping[str, Handler]:
        async def mux(job_id: str) -> None:
            job = await store.steps.mux_started(job_id)
            work = await store.steps.work(job_id)
            stop = Stop()

            def finish() -> Joined:
                started = time.monotonic()
                joined = join(objects, job, settings.scratch_dir, stop)
                seconds = time.monotonic() - started
                write_report(objects, job, work, joined, seconds, stop)
                return joined

            joined = await in_thread(finish, stop)
            await store.steps.muxed(job_id, joined.output, joined.warnings)
            log.info("job_succeeded", bytes=joined.output.bytes)

        return {MUX: mux}

    return create_worker_app("mux", settings, handlers)
