"""The ingest worker: its tasks, and the app that runs it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial

import structlog
from fastapi import FastAPI

from nhance_ingest.cut import cut
from nhance_ingest.uploads import upload_handlers
from nhance_kit import keys
from nhance_kit.blocking import Stop, in_thread
from nhance_kit.errors import Superseded
from nhance_kit.objects import ObjectStore
from nhance_kit.queue import CLEAN_UP, INGEST, Kept
from nhance_kit.settings import Settings
from nhance_kit.store import JobStore
from nhance_kit.worker import Handler, create_worker_app

log = structlog.get_logger()


def handlers(settings: Settings, store: JobStore, objects: ObjectStore) -> Mapping[str, Handler]:
    async def ingest(job_id: str) -> None:
        job = await store.steps.ingest_started(job_id)
        stop = Stop()
        result = await in_thread(lambda: cut(objects, job, stop), stop)
        try:
            await store.steps.batches_cut(job_id, result.media, result.frames, result.warnings)
        except Superseded:
            if await store.steps.has_ended(job_id):
                prefix = keys.batches_prefix(job.tenant, job_id)
                await asyncio.to_thread(objects.delete_prefix, prefix)
            raise
        log.info("batches_cut", batches=len(result.frames), frames=sum(result.frames))

    async def clean_up(job_id: str, tenant: str, kept: str) -> None:
        """Delete what a job has left behind: everything, or what is not to be kept.

        A job may end while tasks of it are under way. What they store later goes later.
        """
        under_way = kept != Kept.RESULTS and await store.steps.under_way(job_id)
        whole = keys.job_prefix(tenant, job_id)
        match Kept(kept):
            case Kept.NOTHING:
                await asyncio.to_thread(objects.delete_prefix, whole)
            case Kept.SOURCE:
                source = keys.source(tenant, job_id)
                await asyncio.to_thread(objects.delete_prefix, whole, source)
            case Kept.RESULTS:
                for prefix in keys.passing_prefixes(tenant, job_id):
                    await asyncio.to_thread(objects.delete_prefix, prefix)
        if under_way:
            await store.steps.clean_up_later(job_id, tenant, Kept(kept))

    return {
        INGEST: ingest,
        CLEAN_UP: clean_up,
        **upload_handlers(settings, store, objects),
    }


def create_app(settings: Settings) -> FastAPI:
    return create_worker_app("ingest", settings, partial(handlers, settings))
