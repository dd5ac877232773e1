"""What ingest says of a fresh upload, awaited for a while so that POST can answer with it."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from nhance_gateway.feed import Feed
from nhance_gateway.problems import kind_of
from nhance_kit import keys
from nhance_kit.errors import NotFound, Unavailable
from nhance_kit.jobs import Job
from nhance_kit.objects import ObjectStore
from nhance_kit.states import JobState
from nhance_kit.store import JobStore

UNDECIDED = (JobState.QUEUED, JobState.INGESTING)


async def verdict(store: JobStore, feed: Feed, job: Job, wait_s: float) -> Job:
    """The job once ingest is done with it, or as it stands after ``wait_s``.

    The job has been accepted: a database that stops answering is no reason to say otherwise.
    """
    with suppress(Unavailable, TimeoutError):
        async with feed.watch(job.tenant, job.id) as watcher:
            job = await store.job(job.id, job.tenant)
            async with asyncio.timeout(wait_s):
                while job.state in UNDECIDED and (found := await watcher.news()):
                    if found[0].job is None:
                        raise NotFound("The job was deleted while its video was being looked at.")
                    job = found[0].job
    return job


async def refuse_rejected(store: JobStore, objects: ObjectStore, job: Job) -> None:
    """Raise what ingest found wrong with the upload, if it did; nothing of the job stays."""
    if job.state != JobState.FAILED or job.error is None or job.error["status"] >= 500:
        return
    with suppress(NotFound):
        await store.delete(job.id, job.tenant)
    await asyncio.to_thread(objects.delete_prefix, keys.job_prefix(job.tenant, job.id))
    raise kind_of(job.error["code"])(job.error["detail"])
