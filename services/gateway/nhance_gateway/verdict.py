"""What ingest says of a fresh upload, awaited for a while so that POST can answer with it."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from nhance_gateway.problems import kind_of
from nhance_kit import keys
from nhance_kit.errors import NotFound, Unavailable
from nhance_kit.jobs import Job
from nhance_kit.objects import ObjectStore
from nhance_kit.states import JobState
from nhance_kit.store import JobStore

FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 0.5


async def verdict(store: JobStore, job: Job, wait_s: float) -> Job:
    """The job once ingest is done with it, or as it stands after ``wait_s``.

    The job has been accepted: a database that stops answering is no reason to say otherwise.
    """
    deadline = time.monotonic() + wait_s
    pause_s = FIRST_PAUSE_S
    while job.state in (JobState.QUEUED, JobState.INGESTING):
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            break
        await asyncio.sleep(min(pause_s, left_s))
        pause_s = min(LONGEST_PAUSE_S, pause_s * 1.5)
        with suppress(Unavailable):
            job = await store.job(job.id, job.tenant)
    return job


async def refuse_rejected(store: JobStore, objects: ObjectStore, job: Job) -> None:
    """Raise what ingest found wrong with the upload, if it did; nothing of the job stays."""
    if job.state != JobState.FAILED or job.error is None or job.error["status"] >= 500:
        return
    with suppress(NotFound):
        await store.delete(job.id, job.tenant)
    await asyncio.to_thread(objects.delete_prefix, keys.job_prefix(job.tenant, job.id))
    raise kind_of(job.error["code"])(job.error["detail"])
