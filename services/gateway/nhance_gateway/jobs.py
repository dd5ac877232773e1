"""Routes that take videos in and tell of their jobs."""

from __future__ import annotations

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Query, Request, Response

from nhance_gateway import creation, cursors
from nhance_gateway.bodies import is_json, json_body
from nhance_gateway.creation import RETRY_AFTER_S
from nhance_gateway.deps import AppParts, CurrentJob, JobId, Parts, Tenant
from nhance_gateway.filters import job_filter
from nhance_gateway.idempotent import IdempotencyKey
from nhance_gateway.openapi import RETRY_AFTER, problem_responses, upload_body
from nhance_gateway.orders import FormOrder, Order, UploadOrder
from nhance_gateway.requested import UploadedJobRequest
from nhance_gateway.schemas import JobBody, JobList, Validity
from nhance_gateway.upload import linger
from nhance_kit.listing import Filter
from nhance_kit.states import TERMINAL

log = structlog.get_logger()

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


@router.post(
    "",
    status_code=202,
    summary="Enhance a video",
    openapi_extra=upload_body(),
    response_model=JobBody,
    responses={
        200: {"description": "With `validate_only`: all is well.", "model": Validity},
        202: {
            "description": "The video is accepted; follow `Location`.",
            "headers": {
                "Location": {"description": "The job.", "schema": {"type": "string"}},
                **RETRY_AFTER,
            },
        },
        **problem_responses(
            later=["409", "503"],
            _400="A field is wrong, or the multipart body is broken.",
            _404="There is no such model, or no such upload.",
            _408="The upload stalled.",
            _409="A request with the same Idempotency-Key is still being carried out, or the "
            "upload is still being verified: `Retry-After` says when to try again. Or it is not "
            "complete.",
            _410="The upload has expired.",
            _413="The upload is too large.",
            _415="Not multipart/form-data, or not a video container.",
            _422="No video, a damaged one, or one of a kind that is not taken; or another request "
            "had the same Idempotency-Key.",
            _503="A part of the service does not answer.",
        ),
    },
)
async def create_job(
    request: Request,
    app: AppParts,
    tenant: Tenant,
    idempotency_key: IdempotencyKey = None,
    validate_only: Annotated[
        bool, Query(description="Say whether all is well, and make no job.")
    ] = False,
) -> Response:
    """Send a video, or name a complete upload, and have it enhanced.

    The answer waits a moment for the video to be looked at: what is no video, or none that can be
    enhanced, is refused with a problem and leaves no job. Fields may come before or after the
    file; what is wrong with those before it is told before the file is read.
    """
    order: Order
    if is_json(request):
        wanted = await json_body(request, UploadedJobRequest)
        order = UploadOrder(app, tenant, wanted)
        return await _answer(app, tenant, order, idempotency_key, validate_only)
    body = aiter(request.stream())
    order = FormOrder(app, tenant, request, body)
    try:
        return await _answer(app, tenant, order, idempotency_key, validate_only)
    except Exception:
        await linger(body)
        raise


@router.get("", summary="List jobs", responses=problem_responses(_400="A parameter is wrong."))
async def list_jobs(
    app: AppParts,
    tenant: Tenant,
    wanted: Annotated[Filter, Depends(job_filter)],
    limit: Annotated[int, Query(ge=1, le=100, description="At most so many.")] = 20,
    cursor: Annotated[
        str | None,
        Query(
            max_length=200,
            description="`next_cursor` of the page before.",
            json_schema_extra={"format": "cursor"},
        ),
    ] = None,
) -> JobList:
    """The jobs there are, the newest first; with filters, those that all of them let through."""
    before = None if cursor is None else cursors.decode(cursor)
    found = await app.store.newest(tenant, limit + 1, before, wanted)
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


@router.post(
    "/{job_id}/retry",
    status_code=202,
    summary="Try a failed job again",
    responses={
        202: {"description": "A new job with the same video, options and labels; see `Location`."},
        **problem_responses(_404="There is no such job.", _409="The job has not failed."),
    },
)
async def retry_job(job: CurrentJob, response: Response, app: AppParts) -> JobBody:
    """Queue the video of a failed job again, as a new job; the failed one stays until deleted."""
    again = await creation.retried(app, job)
    log.info("job_retried", job_id=again.id, failed_job_id=job.id)
    response.headers["Location"] = f"/v1/jobs/{again.id}"
    response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return JobBody.of(again)


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


async def _answer(
    app: Parts, tenant: str, order: Order, key: str | None, validate_only: bool
) -> Response:
    if validate_only:
        await order.validate()
        return Response(Validity().model_dump_json(), media_type="application/json")
    answer = await creation.create(app, tenant, order, key)
    return Response(answer.body, answer.status, answer.headers, "application/json")
