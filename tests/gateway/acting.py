"""What tests of the gateway do in the place of a client and of the workers."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence

from nhance_kit import keys
from nhance_kit.errors import NhanceError
from nhance_kit.jobs import Job, JobOptions, Output, Source
from nhance_kit.objects import ObjectStore
from nhance_kit.store import JobStore, new_job_id
from nhance_kit.warned import JobWarning, WarningCode

BOUNDARY = "nhance-test"
POSTER, REPORT = b"\xff\xd8 a poster", b'{"version": 1}'
WARNING = JobWarning(WarningCode.BITS_REDUCED, "a warning")
MULTIPART = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def field(name: str, value: str) -> bytes:
    return (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
    ).encode()


def file_head(name: str = "clip.mp4") -> bytes:
    return (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: video/mp4\r\n\r\n"
    ).encode()


FORM_END = f"\r\n--{BOUNDARY}--\r\n".encode()


async def sent(*chunks: bytes) -> AsyncIterator[bytes]:
    """A body that comes in these chunks."""
    for chunk in chunks:
        yield chunk


async def new_job(
    store: JobStore, tenant: str, name: str = "clip.mov", options: JobOptions | None = None
) -> Job:
    source = Source(name=name, bytes=3, sha256=hashlib.sha256(b"abc").hexdigest())
    return await store.create(
        tenant, new_job_id(), source, options or JobOptions.model_validate({})
    )


async def next_job(store: JobStore, tenant: str) -> Job:
    """The tenant's first job, awaited."""
    found: list[Job] = []
    while not found:
        await asyncio.sleep(0.01)
        found = await store.newest(tenant, 1)
    return found[0]


async def cut(store: JobStore, job: Job, frames: Sequence[int] = (60, 42)) -> None:
    """What ingest does with a good video."""
    await store.steps.ingest_started(job.id)
    await store.steps.batches_cut(job.id, {"width": 1280, "height": 720}, frames, [WARNING])


async def finish(
    store: JobStore, objects: ObjectStore, job: Job, video: bytes, comparison: bytes | None = None
) -> Output:
    """All that the workers do with a good video."""
    await cut(store, job)
    for index, frames in enumerate((60, 42)):
        await store.steps.batch_done(job.id, index, frames, [])
    output = Output(extension="mp4", bytes=len(video), sha256=hashlib.sha256(video).hexdigest())
    objects.put(keys.output(job.tenant, job.id, "mp4"), video)
    if comparison is not None:
        objects.put(keys.comparison(job.tenant, job.id), comparison)
    objects.put(keys.poster(job.tenant, job.id), POSTER)
    objects.put(keys.report(job.tenant, job.id), REPORT)
    await store.steps.muxed(job.id, output, [])
    return output


async def fail_next(store: JobStore, tenant: str, error: NhanceError, after_s: float = 0) -> None:
    """What ingest does with a bad video."""
    job = await next_job(store, tenant)
    await store.steps.ingest_started(job.id)
    await asyncio.sleep(after_s)
    await store.steps.fail(job.id, error)


def left_behind(objects: ObjectStore, tenant: str) -> tuple[list[str], list[str]]:
    """The keys of the objects and of the unfinished uploads that there are of a tenant."""
    uploads = objects._s3.list_multipart_uploads(Bucket=objects.bucket, Prefix=f"{tenant}/")
    return (
        objects.keys(f"{tenant}/"),
        [upload["Key"] for upload in uploads.get("Uploads", [])],
    )


NOTHING: tuple[list[str], list[str]] = ([], [])
