"""The enhance worker: its task, and the app that runs it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import cache

import structlog
from fastapi import FastAPI

from nhance_enhance.model_client import Model, ModelClient
from nhance_enhance.pipeline import Result, enhance_batch
from nhance_enhance.settings import EnhanceSettings
from nhance_enhance.tries import Try
from nhance_kit import keys, metrics
from nhance_kit.blocking import Stop, in_thread
from nhance_kit.errors import StoreUnavailable, Superseded
from nhance_kit.jobs import Job, JobOptions
from nhance_kit.objects import ObjectStore
from nhance_kit.queue import ENHANCE, QUEUE_OF_COST
from nhance_kit.store import JobStore
from nhance_kit.worker import Handler, create_worker_app
from nhance_media import nvenc
from nhance_media.encoding import VERSION, Quality, SegmentEncoder, target_of
from nhance_media.poster import is_candidate
from nhance_proto.v1.frame_batch_pb2 import FrameBatch

log = structlog.get_logger()

REPORT_EVERY_S = 1.0


class _Progress:
    """Frames done, written by the pipeline's thread and read by the reporter."""

    def __init__(self, stop: Stop) -> None:
        self.frames = 0
        self._stop = stop

    def on_frame(self, count: int) -> None:
        self.frames = count
        self._stop.check()


def encoders_for(options: JobOptions, batch: Callable[[], FrameBatch]) -> list[str]:
    """What this machine can encode a job with, the preferred one first.

    ``batch`` fetches one of the job's; it is called only where that decides.
    """
    if not options.nvenc or nvenc.card() is None:
        return [VERSION]
    target = target_of(batch().video, options.sdr, options.codec)
    found = nvenc.version(target, Quality(options.crf, options.preset))
    return [VERSION] if found is None else [found, VERSION]


def _enhance(
    job: Job,
    index: int,
    batch: FrameBatch,
    model: Model,
    encoder: type[SegmentEncoder],
    progress: _Progress,
) -> Result:
    """Enhance one batch; returns what came of it."""
    matrix = (job.media or {}).get("display_matrix")
    result = enhance_batch(
        batch,
        model,
        job.options,
        matrix,
        progress.on_frame,
        portray=is_candidate(index),
        encoder=encoder,
    )
    # All batches of a job have the same encoder: one of them tells.
    if index == 0 and job.options.nvenc and encoder is SegmentEncoder:
        target = target_of(batch.video, job.options.sdr, job.options.codec)
        result.warnings.append(nvenc.unused(target))
    return result


def _store(objects: ObjectStore, job: Job, index: int, model: Model, result: Result) -> None:
    if result.compared is not None:
        key = keys.compared(job.tenant, job.id, index)
        objects.put(key, result.compared.SerializeToString())
    key = keys.measured(job.tenant, job.id, index)
    objects.put(key, result.measured.SerializeToString())
    key = keys.enhanced(job.tenant, job.id, index)
    objects.put(key, result.enhanced.SerializeToString())
    metrics.FRAMES.labels(model.info.name, str(model.info.version)).inc(result.enhanced.frames)


@asynccontextmanager
async def _reported(
    store: JobStore, job_id: str, index: int, progress: _Progress, stop: Stop
) -> AsyncIterator[None]:
    """Write the progress down once a second; stop the work when it, or its job, has ended."""

    async def report() -> None:
        while True:
            await asyncio.sleep(REPORT_EVERY_S)
            try:
                going_on = await store.steps.frames_done(job_id, index, progress.frames)
            except StoreUnavailable as error:
                log.warning("progress_not_reported", reason=str(error))
                continue
            if not going_on:
                stop.ask(Superseded("The batch or its job ended while it was being enhanced."))

    reporter = asyncio.create_task(report())
    try:
        yield
    finally:
        reporter.cancel()
        await asyncio.gather(reporter, return_exceptions=True)


def create_app(settings: EnhanceSettings) -> FastAPI:
    def handlers(store: JobStore, objects: ObjectStore) -> Mapping[str, Handler]:
        client = ModelClient(settings.serving_address, deadline_s=settings.model_deadline_s)

        async def enhance(job_id: str, index: int) -> None:
            job, found = await store.steps.batch(job_id, index)
            if found.done:
                return
            with Try(job.options.model, job.model_version) as this_try:
                latest = await asyncio.to_thread(client.model, job.options.model, job.model_version)
                batch_key = keys.batch(job.tenant, job_id, index)
                fetched = cache(lambda: FrameBatch.FromString(objects.get(batch_key)))
                encoders = await asyncio.to_thread(encoders_for, job.options, fetched)
                version, pinned = await store.steps.pin(job_id, latest.info.version, *encoders)
                encoder = SegmentEncoder if pinned == VERSION else nvenc.NvencEncoder
                this_try.version = version
                model = (
                    latest
                    if version == latest.info.version
                    else await asyncio.to_thread(client.model, job.options.model, version)
                )
                batch = await asyncio.to_thread(fetched)
                await store.steps.batch_begun(job_id, index)
                stop = Stop()
                progress = _Progress(stop)
                async with _reported(store, job_id, index, progress, stop):
                    result = await in_thread(
                        lambda: _enhance(job, index, batch, model, encoder, progress), stop
                    )
                    # The job may have been begun anew meanwhile, if the database was away for long.
                    await store.steps.pin(job_id, version, pinned)
                    await in_thread(lambda: _store(objects, job, index, model, result), stop)
                try:
                    frames = result.enhanced.frames
                    await store.steps.batch_done(
                        job_id, index, frames, result.warnings, result.seconds
                    )
                except Superseded:
                    if await store.steps.has_ended(job_id):
                        for key in (keys.enhanced, keys.compared, keys.measured):
                            await asyncio.to_thread(objects.delete, key(job.tenant, job_id, index))
                    raise
                log.info("batch_enhanced", frames=frames)

        return {ENHANCE: enhance}

    queues = {QUEUE_OF_COST[cost] for cost in settings.enhance_costs}
    return create_worker_app("enhance", settings, handlers, settings.batches_at_once, queues)
