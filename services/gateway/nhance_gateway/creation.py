"""A job out of a request: its video received, its options checked, and all of it once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import structlog
from fastapi import Request

from nhance_gateway import idempotent
from nhance_gateway.callbacks import check_callback
from nhance_gateway.copying import copied
from nhance_gateway.deps import Parts
from nhance_gateway.form import FORM_BYTES, FormReader
from nhance_gateway.requested import JobRequest, of_form
from nhance_gateway.schemas import JobBody
from nhance_gateway.servables import chosen_version
from nhance_gateway.upload import Measured, PartedObject, receive, too_large
from nhance_gateway.verdict import refuse_rejected, verdict
from nhance_kit import keys
from nhance_kit.errors import Conflict, NotFound
from nhance_kit.idempotency import Answer, Claim, Earlier, bind
from nhance_kit.jobs import Job, JobOptions, Source
from nhance_kit.states import JobState
from nhance_kit.store import new_job_id

log = structlog.get_logger()

OPERATION = "POST /v1/jobs"
RETRY_AFTER_S = 2


async def validate(app: Parts, request: Request, body: AsyncIterator[bytes]) -> None:
    """Raise what is wrong with a request; it may come without its file."""
    form = FormReader(request.headers.get("content-type"), file_required=False)
    await _received(app, request, body, form, Measured(app.settings.max_upload_bytes))


async def create(
    app: Parts, tenant: str, request: Request, body: AsyncIterator[bytes], header: str | None
) -> Answer:
    """The answer to a request for a job; ``header`` is its Idempotency-Key.

    On any error nothing of the job stays, and the key is free again.
    """
    key = idempotent.key_of(header)
    if key is None:
        return await _answered(app, await _accepted(app, tenant, request, body, None))
    async with idempotent.claimed(app.idempotency, tenant, key) as found:
        if isinstance(found, Earlier):
            await _require_same(app, request, body, found.fingerprint)
            return found.answer
        if found.job_id is None:
            job = await _accepted(app, tenant, request, body, found)
        else:
            await _require_same(app, request, body, found.fingerprint)
            job = await _left(app, tenant, found.job_id)
        answer = await _answered(app, job)
        await app.idempotency.keep(found, answer)
        return answer


async def retried(app: Parts, job: Job) -> Job:
    """A new job from the source of one that failed; on any error nothing of it stays.

    Raises Conflict, also where the source is gone.
    """
    if job.state != JobState.FAILED:
        raise Conflict(f"Only a job that failed is tried again; this one is {job.state}.")
    job_id = new_job_id()
    key = keys.source(job.tenant, job_id)
    version = await _version(app, job.options)
    try:
        async with copied(app.objects, keys.source(job.tenant, job.id), key):
            return await app.store.create(
                job.tenant, job_id, job.source, job.options, job.labels, model_version=version
            )
    except NotFound as error:
        raise Conflict("The video of this job is no longer there; send it again.") from error


async def _accepted(
    app: Parts, tenant: str, request: Request, body: AsyncIterator[bytes], claim: Claim | None
) -> Job:
    """The job of an upload that was received whole."""
    form = FormReader(request.headers.get("content-type"))
    job_id = new_job_id()
    key = keys.source(tenant, job_id)
    async with PartedObject(
        app.objects, key, app.settings.max_upload_bytes, app.unsettled
    ) as target:
        wanted, source = await _received(app, request, body, form, target)
        await target.complete()
        also = None
        if claim is not None:
            also = partial(bind, claim=claim, fingerprint=_fingerprint(form, source), job_id=job_id)
        version = await _version(app, wanted)
        job = await app.store.create(
            tenant, job_id, source, wanted.options, wanted.labels, also, version
        )
    log.info("job_created", job_id=job.id, bytes=job.source.bytes, model=job.options.model)
    return job


async def _received(
    app: Parts, request: Request, body: AsyncIterator[bytes], form: FormReader, target: Measured
) -> tuple[JobRequest, Source]:
    """What a form asks for, and its file, which ``target`` has."""
    length = request.headers.get("content-length", "")
    limit = app.settings.max_upload_bytes
    if length.isdecimal() and int(length) > limit + FORM_BYTES:
        raise too_large(limit)

    async def check(fields: dict[str, str]) -> None:
        await _require_feasible(app, of_form(fields))

    source = await receive(body, form, target, app.settings, check)
    await check(form.fields)
    return of_form(form.fields), source


async def _require_feasible(app: Parts, wanted: JobRequest) -> None:
    """Raise what is wrong with options that are well-formed; of either form of a request."""
    check_callback(wanted.callback_url, allow_loopback=app.settings.webhook_allow_loopback)
    await _version(app, wanted)


async def _version(app: Parts, wanted: JobOptions) -> int | None:
    """The version of the model that a job begins with, where its label says; ModelNotFound."""
    return await asyncio.to_thread(chosen_version, app.settings.servables_dir, wanted)


async def _require_same(
    app: Parts, request: Request, body: AsyncIterator[bytes], known: str | None
) -> None:
    """Read a request that had its effect before, to see whether it is the same; nothing is kept."""
    form = FormReader(request.headers.get("content-type"))
    target = Measured(app.settings.max_upload_bytes)
    _, source = await _received(app, request, body, form, target)
    idempotent.require_same(known, _fingerprint(form, source))


def _fingerprint(form: FormReader, source: Source) -> str:
    return idempotent.fingerprint(
        OPERATION, fields=form.fields, name=source.name, sha256=source.sha256
    )


async def _left(app: Parts, tenant: str, job_id: str) -> Job:
    """The job that a gateway made and could not tell of any more."""
    try:
        return await app.store.job(job_id, tenant)
    except NotFound as error:
        raise Conflict("The job of the first request is gone. Send the request again.") from error


async def _answered(app: Parts, job: Job) -> Answer:
    """What the client is told of a fresh job, once ingest has had a moment to look at it."""
    job = await verdict(app.store, app.feed, job, app.settings.ingest_wait_s)
    await refuse_rejected(app.store, app.objects, job)
    headers = {"Location": f"/v1/jobs/{job.id}", "Retry-After": str(RETRY_AFTER_S)}
    return Answer(202, headers, JobBody.of(job).model_dump_json())
