"""tus 1.0.0: resumable uploads for those who have a tus client. Their bytes pass the gateway."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Request, Response

from nhance_gateway import tus_headers
from nhance_gateway.appending import Appending
from nhance_gateway.deps import AppParts, CurrentUpload, Parts, Tenant
from nhance_gateway.errors import Busy
from nhance_gateway.openapi import problem_responses
from nhance_gateway.tus_headers import PREFIX, state_headers
from nhance_gateway.upload import linger, paced, too_large
from nhance_gateway.upload_schemas import HEX_SHA256
from nhance_gateway.uploads import begun
from nhance_gateway.verification import verified
from nhance_kit.errors import Conflict, Expired, InvalidRequest, NotFound, NoVideo
from nhance_kit.uploads import Upload, UploadState, Way

log = structlog.get_logger()


def tus_client(request: Request) -> None:
    tus_headers.require_version(request.headers)


def tus_upload(upload: CurrentUpload) -> Upload:
    """The tus upload that the path names; raises NotFound, and Expired also where it failed."""
    if upload.way != Way.TUS:
        raise NotFound("There is no such tus upload.")
    if upload.state == UploadState.FAILED:
        raise Expired("What arrived was damaged, and is gone. Upload the file again.")
    return upload


TusUpload = Annotated[Upload, Depends(tus_upload)]

BYTES = {tus_headers.MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}

router = APIRouter(prefix=PREFIX, tags=["tus"])
spoken = [Depends(tus_client)]


def _headers(*required: str, **optional: str) -> dict[str, Any]:
    """Request headers, for the document: they are read and checked by ``tus_headers``."""
    named = [("Tus-Resumable", "The version of tus.", True)]
    named += [(name, "By the tus protocol.", True) for name in required]
    named += [(name.replace("_", "-"), text, False) for name, text in optional.items()]
    return {
        "parameters": [
            {
                "name": name,
                "in": "header",
                "required": needed,
                "description": text,
                "schema": {"type": "string", **tus_headers.FORMS[name]},
            }
            for name, text, needed in named
        ]
    }


@router.options(
    "", status_code=204, summary="Ask what of tus is spoken", responses=problem_responses()
)
async def describe_tus(app: AppParts, response: Response) -> None:
    """The version, the extensions and the longest upload, in headers."""
    response.headers["Tus-Version"] = tus_headers.VERSION
    response.headers["Tus-Extension"] = tus_headers.EXTENSIONS
    response.headers["Tus-Max-Size"] = str(app.settings.max_upload_bytes)
    response.headers["Tus-Checksum-Algorithm"] = ",".join(tus_headers.ALGORITHMS)


@router.post(
    "",
    status_code=201,
    response_class=Response,
    summary="Begin an upload by tus",
    dependencies=spoken,
    openapi_extra={
        **_headers(
            "Upload-Length",
            Upload_Metadata="`filename`, and `sha256` (in hex) of the whole file to have it "
            "compared; other keys are kept.",
            Upload_Checksum="Of the bytes that come along: `sha1` or `sha256`, a space, the hash "
            "in Base64.",
        ),
        "requestBody": {"required": False, "content": BYTES},
    },
    responses={
        201: {
            "description": "The upload has begun; PATCH what `Location` names.",
            "headers": {"Location": {"description": "It.", "schema": {"type": "string"}}},
        },
        **problem_responses(
            later=["503"],
            _400="A header is wrong.",
            _408="The client stalled.",
            _412="Not tus 1.0.0.",
            _413="The file is too large, or more bytes came than were announced.",
            _422="The file is empty, or damaged.",
            _460="The bytes do not match their checksum.",
            _503="A part of the service does not answer.",
        ),
    },
)
async def create_tus_upload(request: Request, app: AppParts, tenant: Tenant) -> Response:
    """Announce a file by its length, with its first bytes or none; the others come with PATCH.

    Its id is that of an upload. If anything goes wrong with the bytes, there is none.
    """
    size = tus_headers.count(request.headers, "upload-length")
    if size == 0:
        raise NoVideo("The file is empty; it has no bytes at all.")
    metadata = tus_headers.metadata(request.headers)
    sha256 = metadata.get("sha256")
    if sha256 is not None and not re.fullmatch(HEX_SHA256, sha256):
        raise InvalidRequest("The metadata's sha256 must be 64 digits in lower-case hex.")
    name = metadata.get("filename", "")
    raw = request.headers.get("upload-metadata", "")
    upload = await begun(app, tenant, Way.TUS, name, size, sha256, raw)
    if tus_headers.brings_bytes(request.headers):
        body = aiter(request.stream())
        try:
            upload = await _appended(request, body, upload, app, 0)
        except Exception:
            # Its client does not know where to go on.
            await app.store.uploads.delete(upload.id, tenant)
            await linger(body)
            raise
    headers = {"Location": f"{PREFIX}/{upload.id}", **state_headers(upload)}
    return Response(status_code=201, headers=headers)


@router.head(
    "/{upload_id}",
    status_code=204,
    summary="Ask how much of an upload by tus is stored",
    dependencies=spoken,
    openapi_extra=_headers(),
    responses=problem_responses(
        _404="There is no such upload.", _410="It has expired.", _412="Not tus 1.0.0."
    ),
)
async def read_tus_upload(upload: TusUpload, app: AppParts, response: Response) -> None:
    """`Upload-Offset` is where to go on: all before it is stored."""
    if upload.received == upload.bytes:
        # If the process that stored the last byte was killed before it could say so.
        await app.store.uploads.verify(upload.id)
    response.headers.update(state_headers(upload))
    response.headers["Upload-Length"] = str(upload.bytes)
    if upload.metadata:
        response.headers["Upload-Metadata"] = upload.metadata


@router.patch(
    "/{upload_id}",
    status_code=204,
    summary="Send bytes by tus",
    dependencies=spoken,
    openapi_extra={
        **_headers(
            "Upload-Offset", Upload_Checksum="`sha1` or `sha256`, a space, the hash in Base64."
        ),
        "requestBody": {"required": True, "content": BYTES},
    },
    responses=problem_responses(
        later=["423", "503"],
        _400="A header is wrong.",
        _404="There is no such upload.",
        _408="The client stalled; what came is kept.",
        _409="The bytes do not begin where those that are stored end.",
        _410="It has expired.",
        _412="Not tus 1.0.0.",
        _413="More bytes than were announced.",
        _415="Not application/offset+octet-stream.",
        _422="The file is there whole, and damaged.",
        _423="Another request is at this upload.",
        _460="The bytes do not match their checksum; none are kept.",
        _503="A part of the service does not answer; what was stored is kept.",
    ),
)
async def append_to_tus_upload(
    request: Request, upload: TusUpload, app: AppParts, response: Response
) -> None:
    """Add bytes at `Upload-Offset`. Cut short in any way, what is stored of them counts."""
    body = aiter(request.stream())
    try:
        tus_headers.require_media_type(request.headers)
        offset = tus_headers.count(request.headers, "upload-offset")
        upload = await _appended(request, body, upload, app, offset)
    except Exception:
        await linger(body)
        raise
    response.headers.update(state_headers(upload))


@router.delete(
    "/{upload_id}",
    status_code=204,
    summary="End an upload by tus",
    dependencies=spoken,
    openapi_extra=_headers(),
    responses=problem_responses(
        _404="There is no such upload.", _410="It has expired.", _412="Not tus 1.0.0."
    ),
)
async def delete_tus_upload(upload: TusUpload, app: AppParts) -> None:
    """Forget an upload and its bytes."""
    await app.store.uploads.delete(upload.id, upload.tenant)
    log.info("upload_deleted", upload_id=upload.id)


async def _appended(
    request: Request, body: AsyncIterator[bytes], upload: Upload, app: Parts, offset: int
) -> Upload:
    """The upload with the body of a request added to it; the last byte has it verified."""
    checksum = tus_headers.checksum(request.headers)
    async with app.locks.held(f"upload {upload.id}") as held:
        if not held:
            raise Busy("Another request is sending this upload. Try again when it has ended.")
        upload = await app.store.uploads.get(upload.id, upload.tenant)
        if offset != upload.received:
            raise Conflict(f"Go on at {upload.received}; that many bytes are stored.")
        length = request.headers.get("content-length", "")
        if length.isdecimal() and offset + int(length) > upload.bytes:
            raise too_large(upload.bytes)
        settings = app.settings
        async with Appending(app, upload, checksum) as target:
            async for chunk in paced(body, settings.upload_idle_s, settings.upload_min_bytes_per_s):
                await target.write(memoryview(chunk))
    upload = await app.store.uploads.get(upload.id, upload.tenant)
    if upload.received == upload.bytes:
        await app.store.uploads.verify(upload.id)
        await verified(app.store, upload.id, upload.tenant, settings.ingest_wait_s)
    return upload
