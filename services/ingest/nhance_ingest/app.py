"""The ingest worker: its two tasks, and the app that runs it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog
from fastapi import FastAPI

from nhance_ingest.cut import cut
from nhance_kit import keys
from nhance_kit.blocking import Stop, in_thread
from nhance_kit.errors import Superseded
from nhance_kit.objects import ObjectStore
from nhance_kit.queue import CLEAN_UP, INGEST
from nhance_kit.settings import Settings
from nhance_kit.store import JobStore
from nhance_kit.worker import Handler, create_worker_app

log = structlog.get_logger()


def handlers(store: JobStore, objects: ObjectStore) -> Mapping[str, Handler]:
    async def ingest(job_id: str) -> None:
        job = await store.ingest_started(job_id)
        stop = Stop()
        result = await in_thread(lambda: cut(objects, job, stop), stop)
        try:
            await store.batches_cut(job_id, result.media, result.frames, result.warnings)
        except Superseded:
            if await store.has_ended(job_id):
                prefix = keys.batches_prefix(job.tenant, job_id)
                await asyncio.to_thread(objects.delete_prefix, prefix)
            raise
        log.info("batches_cut", batches=len(result.frames), frames=sum(result.frames))

    async def clean_up(job_id: str, tenant: str, everything: bool) -> None:
        """Delete what a job has left behind: everything, or what only its tasks needed."""
        prefixes = (
            [keys.job_prefix(tenant, job_id)]
            if everything
            else [
                keys.batches_prefix(tenant, job_id),
                keys.enhanced_prefix(tenant, job_id),
                keys.compared_prefix(tenant, job_id),
            ]
        )
        for prefix in prefixes:
            await asyncio.to_thread(objects.delete_prefix, prefix)

    return {INGEST: ingest, CLEAN_UP: clean_up}


def create_app(settings: Settings) -> FastAPI:
    return create_worker_app("ingest", settings, handlers)
