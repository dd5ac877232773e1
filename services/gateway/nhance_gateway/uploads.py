"""Routes of uploads whose parts go straight into the object store, by presigned URLs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Annotated

import structlog
from fastapi import APIRouter, Query, Request, Response

from nhance_gateway import idempotent
from nhance_gateway.bodies import JSON, json_body, json_request
from nhance_gateway.deps import AppParts, CurrentUpload, Parts, Tenant
from nhance_gateway.idempotent import IdempotencyKey
from nhance_gateway.names import clean_name
from nhance_gateway.openapi import problem_responses
from nhance_gateway.upload import too_large
from nhance_gateway.upload_schemas import (
    Completion,
    NewUpload,
    PartUrl,
    PartUrlList,
    UploadBody,
)
from nhance_gateway.verification import verified
from nhance_kit import keys
from nhance_kit.errors import Conflict, NhanceError, NotFound
from nhance_kit.idempotency import Answer, Claim, bind
from nhance_kit.objects import PART_BYTES
from nhance_kit.store import new_job_id
from nhance_kit.uploads import StoredPart, Upload, UploadState, Way, require_whole

log = structlog.get_logger()

OPERATION = "POST /v1/uploads"
RETRY_AFTER_S = 2

router = APIRouter(prefix="/v1/uploads", tags=["uploads"])


@router.post(
    "",
    status_code=201,
    summary="Begin an upload in parts",
    openapi_extra=json_request(NewUpload),
    responses={
        201: {
            "description": "The upload has begun; ask for the URLs of its parts.",
            "headers": {"Location": {"description": "It.", "schema": {"type": "string"}}},
        },
        **problem_responses(
            later=["409"],
            _400="A field is wrong.",
            _409="A request with the same Idempotency-Key is still being carried out: "
            "`Retry-After` says when to try again.",
            _413="The file is too large.",
            _422="Another request had the same Idempotency-Key.",
        ),
    },
    response_model=UploadBody,
)
async def create_upload(
    request: Request, app: AppParts, tenant: Tenant, idempotency_key: IdempotencyKey = None
) -> Response:
    """Announce a file. Its parts can then be sent in any order, again, and after a break."""
    key = idempotent.key_of(idempotency_key)
    new = await json_body(request, NewUpload)
    mine = idempotent.fingerprint(OPERATION, body=new.model_dump())

    async def fingerprint() -> str:
        return mine

    async def make(claim: Claim | None) -> Answer:
        also = None if claim is None else partial(bind, claim=claim, fingerprint=mine)
        return _told(
            await begun(app, tenant, Way.PARTS, new.name, new.bytes, new.sha256, also=also)
        )

    async def resume(upload_id: str) -> Answer:
        return _told(await app.store.uploads.get(upload_id, tenant))

    answer = await idempotent.once(app.idempotency, tenant, key, fingerprint, make, resume)
    return Response(answer.body, answer.status, answer.headers, JSON)


@router.get(
    "/{upload_id}",
    summary="Look at an upload",
    responses=problem_responses(_404="There is no such upload.", _410="It has expired."),
)
async def read_upload(upload: CurrentUpload, app: AppParts, response: Response) -> UploadBody:
    """The upload as it stands, with the parts that are stored."""
    if upload.state == UploadState.VERIFYING:
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return await _body(app, upload)


@router.get(
    "/{upload_id}/parts",
    summary="Get the URLs of parts",
    responses=problem_responses(
        _400="A parameter is wrong.",
        _404="There is no such upload.",
        _409="The upload takes no parts, or no more.",
        _410="It has expired.",
    ),
)
async def list_part_urls(
    upload: CurrentUpload,
    app: AppParts,
    first: Annotated[int, Query(ge=1, le=10_000, description="Number of the first part.")] = 1,
    count: Annotated[int, Query(ge=1, le=1000, description="At most so many.")] = 100,
) -> PartUrlList:
    """Where to PUT parts, each for 15 minutes; they go straight into the object store."""
    _require_parts(upload)
    await app.store.uploads.keep(upload.id, app.settings.upload_keep_s)
    key = keys.upload(upload.tenant, upload.id)
    numbers = range(first, min(first + count, upload.parts_total + 1))

    def signed() -> list[PartUrl]:
        return [
            PartUrl(
                number=number,
                bytes=upload.size_of(number),
                url=app.objects.part_url(key, upload.s3_upload_id, number, upload.size_of(number)),
            )
            for number in numbers
        ]

    return PartUrlList(parts=await asyncio.to_thread(signed))


@router.post(
    "/{upload_id}/complete",
    summary="Complete an upload",
    openapi_extra=json_request(Completion),
    responses={
        202: {"model": UploadBody, "description": "All is there; it is still being verified."},
        **problem_responses(
            _400="A field is wrong.",
            _404="There is no such upload.",
            _409="Parts are missing or have the wrong size, or another SHA-256 was announced.",
            _410="It has expired.",
            _422="The SHA-256 of what arrived is another one. Begin anew.",
        ),
    },
)
async def complete_upload(
    request: Request, upload: CurrentUpload, app: AppParts, response: Response
) -> UploadBody:
    """Say that all parts were sent; what arrived is then read and compared with its SHA-256."""
    claimed = (await json_body(request, Completion)).sha256
    if upload.way != Way.PARTS:
        raise Conflict("This upload goes by tus; it is complete with its last byte.")
    if claimed and upload.sha256 not in (None, claimed):
        raise Conflict(f"Another SHA-256 was given for this upload: {upload.sha256}.")
    if upload.state == UploadState.UPLOADING:
        require_whole(upload, await _parts(app, upload))
        await app.store.uploads.verify(upload.id, claimed)
    upload = await verified(app.store, upload.id, upload.tenant, app.settings.ingest_wait_s)
    if upload.state == UploadState.VERIFYING:
        response.status_code = 202
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return await _body(app, upload)


@router.delete(
    "/{upload_id}",
    status_code=204,
    summary="Delete an upload",
    responses=problem_responses(_404="There is no such upload.", _410="It has expired."),
)
async def delete_upload(upload: CurrentUpload, app: AppParts) -> None:
    """Forget an upload and its bytes. Jobs that were made of it have their own."""
    await app.store.uploads.delete(upload.id, upload.tenant)
    log.info("upload_deleted", upload_id=upload.id)


async def begun(
    app: Parts,
    tenant: str,
    way: Way,
    name: str,
    size: int,
    sha256: str | None,
    metadata: str = "",
    also: Callable[..., Awaitable[None]] | None = None,
) -> Upload:
    """A new upload, begun in the object store as well; raises TooLarge.

    ``also`` is done in the transaction that makes it, and gets its id as ``made``.
    """
    if size > app.settings.max_upload_bytes:
        raise too_large(app.settings.max_upload_bytes)
    upload_id = new_job_id()
    key = keys.upload(tenant, upload_id)
    s3_upload_id = await asyncio.to_thread(app.objects.start_upload, key)
    try:
        upload = await app.store.uploads.create(
            tenant,
            upload_id,
            way,
            name=clean_name(name),
            size=size,
            sha256=sha256,
            part_bytes=PART_BYTES,
            s3_upload_id=s3_upload_id,
            metadata=metadata,
            keep_s=app.settings.upload_keep_s,
            also=None if also is None else partial(also, made=upload_id),
        )
    except NhanceError:
        with suppress(NhanceError):
            await asyncio.to_thread(app.objects.abort_upload, key, s3_upload_id)
        raise
    log.info("upload_begun", upload_id=upload.id, way=way, bytes=size)
    return upload


def _told(upload: Upload) -> Answer:
    """What its client is told of a new upload."""
    headers = {"Location": f"/v1/uploads/{upload.id}"}
    return Answer(201, headers, UploadBody.of(upload, []).model_dump_json())


def _require_parts(upload: Upload) -> None:
    if upload.way != Way.PARTS:
        raise Conflict(f"This upload goes by tus: PATCH /v1/tus/{upload.id}.")
    if upload.state != UploadState.UPLOADING:
        raise Conflict(f"The upload takes no more parts: it is {upload.state}.")


async def _body(app: Parts, upload: Upload) -> UploadBody:
    match upload.state, upload.way:
        case ((UploadState.VERIFYING | UploadState.COMPLETE), _):
            stored = range(1, upload.parts_total + 1)
        case UploadState.FAILED, _:
            stored = range(0)
        case _, Way.TUS:
            stored = range(1, upload.received // upload.part_bytes + 1)
        case _:
            numbers = {part.number for part in await _parts(app, upload)}
            return UploadBody.of(upload, sorted(numbers))
    return UploadBody.of(upload, stored)


async def _parts(app: Parts, upload: Upload) -> list[StoredPart]:
    """What the object store has of an unfinished upload."""
    key = keys.upload(upload.tenant, upload.id)
    with suppress(NotFound):
        return await asyncio.to_thread(app.objects.parts, key, upload.s3_upload_id)
    return []
