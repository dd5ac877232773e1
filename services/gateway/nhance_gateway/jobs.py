"""Routes that take videos in and tell of their jobs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

import structlog
from fastapi import APIRouter, Query, Request, Response
from pydantic import ValidationError

from nhance_gateway import cursors
from nhance_gateway.deps import AppParts, CurrentJob, JobId, Tenant
from nhance_gateway.errors import FieldError, InvalidFields
from nhance_gateway.form import FORM_BYTES, FormReader
from nhance_gateway.openapi import problem_responses, upload_body
from nhance_gateway.schemas import JobBody, JobList
from nhance_gateway.servables import require_model
from nhance_gateway.upload import PartedObject, linger, receive, too_large
from nhance_gateway.verdict import refuse_rejected, verdict
from nhance_kit import keys
from nhance_kit.jobs import Job, JobOptions
from nhance_kit.states import TERMINAL
from nhance_kit.store import new_job_id

log = structlog.get_logger()

RETRY_AFTER_S = 2

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


@router.post(
    "",
    status_code=202,
    summary="Enhance a video",
    openapi_extra=upload_body(),
    responses={
        202: {
            "description": "The video is accepted; follow `Location`.",
            "headers": {
                "Location": {"description": "The job.", "schema": {"type": "string"}},
                "Retry-After": {
                    "description": "Seconds until it is worth a look.",
                    "schema": {"type": "integer"},
                },
            },
        },
        **problem_responses(
            _400="A field is wrong, or the multipart body is broken.",
            _404="There is no such model.",
            _408="The upload stalled.",
            _413="The upload is too large.",
            _415="Not multipart/form-data, or not a video container.",
            _422="No video, a damaged one, or one of a kind that is not taken.",
            _503="A part of the service does not answer.",
        ),
    },
)
async def create_job(
    request: Request, response: Response, app: AppParts, tenant: Tenant
) -> JobBody:
    """Upload a video and have it enhanced.

    The answer waits a moment for the video to be looked at: what is no video, or none that can be
    enhanced, is refused with a problem and leaves no job. Fields may come before or after the
    file; what is wrong with those before it is told before the file is read.
    """
    body = aiter(request.stream())
    try:
        job = await _accepted(request, body, app, tenant)
    except Exception:
        await linger(body)
        raise
    log.info("job_created", job_id=job.id, bytes=job.source.bytes, model=job.options.model)
    job = await verdict(app.store, app.feed, job, app.settings.ingest_wait_s)
    await refuse_rejected(app.store, app.objects, job)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return JobBody.of(job)


@router.get("", summary="List jobs", responses=problem_responses(_400="A parameter is wrong."))
async def list_jobs(
    app: AppParts,
    tenant: Tenant,
    limit: Annotated[int, Query(ge=1, le=100, description="At most so many.")] = 20,
    cursor: Annotated[
        str | None, Query(max_length=200, description="`next_cursor` of the page before.")
    ] = None,
) -> JobList:
    """The jobs there are, the newest first."""
    before = None if cursor is None else cursors.decode(cursor)
    found = await app.store.newest(tenant, limit + 1, before)
    page = found[:limit]
    more = len(found) > limit
    return JobList(
        jobs=[JobBody.of(job) for job in page],
        next_cursor=cursors.encode(page[-1].created_at, page[-1].id) if more else None,
    )


@router.get(
    "/{job_id}", summary="Look at a job", responses=problem_responses(_404="There is no such job.")
)
async def read_job(job: CurrentJob, response: Response) -> JobBody:
    """The job as it stands; while it runs, `Retry-After` says when to look again."""
    if job.state not in TERMINAL:
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return JobBody.of(job)


@router.post(
    "/{job_id}/cancel",
    summary="Cancel a job",
    responses=problem_responses(_404="There is no such job.", _409="The job has ended already."),
)
async def cancel_job(job_id: JobId, app: AppParts, tenant: Tenant) -> JobBody:
    """End a job that has not ended yet. It stays in the list; its files go."""
    job = await app.store.cancel(job_id, tenant)
    log.info("job_cancelled", job_id=job_id)
    return JobBody.of(job)


@router.delete(
    "/{job_id}",
    status_code=204,
    summary="Delete a job",
    responses=problem_responses(_404="There is no such job."),
)
async def delete_job(job_id: JobId, app: AppParts, tenant: Tenant) -> None:
    """Forget a job and its files, ending it first if it runs."""
    await app.store.delete(job_id, tenant)
    log.info("job_deleted", job_id=job_id)


async def _accepted(
    request: Request, body: AsyncIterator[bytes], app: AppParts, tenant: str
) -> Job:
    """The job of an upload that was received whole; on any error nothing of it stays."""
    length = request.headers.get("content-length", "")
    limit = app.settings.max_upload_bytes
    if length.isdecimal() and int(length) > limit + FORM_BYTES:
        raise too_large(limit)
    form = FormReader(request.headers.get("content-type"))

    async def check(fields: dict[str, str]) -> None:
        model = options_of(fields).model
        await asyncio.to_thread(require_model, app.settings.servables_dir, model)

    job_id = new_job_id()
    key = keys.source(tenant, job_id)
    async with PartedObject(app.objects, key, limit, app.unsettled) as target:
        source = await receive(body, form, target, app.settings, check)
        await check(form.fields)
        await target.complete()
        return await app.store.create(tenant, job_id, source, options_of(form.fields))


def options_of(fields: dict[str, str]) -> JobOptions:
    """The options that a form's fields name; raises InvalidFields with all that are wrong."""
    try:
        return JobOptions.model_validate(fields)
    except ValidationError as error:
        raise InvalidFields(
            [FieldError(str(wrong["loc"][0]), wrong["msg"]) for wrong in error.errors()]
        ) from error
