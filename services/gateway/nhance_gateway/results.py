"""Routes that give the finished videos out, in ranges where asked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response

from nhance_gateway.deps import AppParts, CurrentJob
from nhance_gateway.download import ObjectResponse
from nhance_gateway.names import content_disposition, download_name
from nhance_gateway.openapi import Responses, problem_responses
from nhance_gateway.ranges import is_fresh, range_applies, requested_range
from nhance_kit import keys
from nhance_kit.errors import Conflict, NotFound
from nhance_kit.jobs import Comparison, Job, Output
from nhance_kit.objects import ObjectStore
from nhance_kit.report import Report
from nhance_kit.states import JobState

CONTENT_TYPES = {
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "mkv": "video/x-matroska",
    "webm": "video/webm",
}
ALL_TYPES = {**CONTENT_TYPES, "jpg": "image/jpeg", "json": "application/json"}

router = APIRouter(prefix="/v1/jobs/{job_id}", tags=["results"])


@dataclass(frozen=True)
class Asked:
    """What of a file a client asks for."""

    head_only: bool
    range: str | None
    if_range: str | None
    if_none_match: str | None


def asked(
    request: Request,
    range_: Annotated[
        str | None, Header(alias="Range", description="One byte range, as in `bytes=0-1023`.")
    ] = None,
    if_range: Annotated[
        str | None, Header(description="An ETag; the range counts only for this very file.")
    ] = None,
    if_none_match: Annotated[
        str | None, Header(description="ETags of the files that the client has already.")
    ] = None,
) -> Asked:
    return Asked(request.method == "HEAD", range_, if_range, if_none_match)


@dataclass(frozen=True)
class File:
    """A stored file, as it is offered."""

    key: str
    name: str
    extension: str
    bytes: int
    etag: str


def _documented(*extensions: str) -> Responses:
    types = {
        ALL_TYPES[extension]: {"schema": {"type": "string", "format": "binary"}}
        for extension in extensions
    }
    return {
        200: {"description": "The whole file.", "content": types},
        206: {"description": "The range that was asked for.", "content": types},
        304: {"description": "The client has this very file."},
        **problem_responses(
            _404="There is no such job, or it has no such file.",
            _409="The job has not finished, or did not succeed.",
            _416="The range lies outside the file.",
        ),
    }


@router.head("/video", include_in_schema=False)
@router.get(
    "/video",
    summary="Download the enhanced video",
    response_class=ObjectResponse,
    responses=_documented(*CONTENT_TYPES),
)
async def video(
    job: CurrentJob, app: AppParts, wanted: Annotated[Asked, Depends(asked)]
) -> Response:
    """The enhanced video. Ranges and `If-None-Match` work; the ETag is its SHA-256."""
    output = _output(job)
    file = File(
        key=keys.output(job.tenant, job.id, output.extension),
        name=download_name(job.source.name, "enhanced", output.extension),
        extension=output.extension,
        bytes=output.bytes,
        etag=f'"{output.sha256}"',
    )
    return await _answer(app.objects, file, wanted)


@router.head("/comparison", include_in_schema=False)
@router.get(
    "/comparison",
    summary="Download the comparison video",
    response_class=ObjectResponse,
    responses=_documented("mp4"),
)
async def comparison(
    job: CurrentJob, app: AppParts, wanted: Annotated[Asked, Depends(asked)]
) -> Response:
    """Source and enhanced video in one picture. Ranges and `If-None-Match` work."""
    _output(job)
    if job.options.comparison == Comparison.NONE:
        raise NotFound("No comparison was asked for when this job was made.")
    key = keys.comparison(job.tenant, job.id)
    file = await _beside(job, app.objects, key, "comparison", "mp4")
    return await _answer(app.objects, file, wanted)


@router.head("/poster", include_in_schema=False)
@router.get(
    "/poster",
    summary="Download the poster",
    response_class=ObjectResponse,
    responses=_documented("jpg"),
)
async def poster(
    job: CurrentJob, app: AppParts, wanted: Annotated[Asked, Depends(asked)]
) -> Response:
    """A still of the enhanced video: an upright JPEG in sRGB, 1280 pixels long at most."""
    key = keys.poster(job.tenant, job.id)
    return await _answer(app.objects, await _beside(job, app.objects, key, "poster", "jpg"), wanted)


@router.head("/report", include_in_schema=False)
@router.get(
    "/report",
    summary="Read the report",
    responses={**_documented("json"), 200: {"description": "The report.", "model": Report}},
)
async def report(
    job: CurrentJob, app: AppParts, wanted: Annotated[Asked, Depends(asked)]
) -> Response:
    """What came in, what went out, stream by stream, and what was changed and why.

    With the picture's brightness, contrast, colour and noise over time, before and after.
    """
    key = keys.report(job.tenant, job.id)
    file = await _beside(job, app.objects, key, "report", "json")
    return await _answer(app.objects, file, wanted)


async def _beside(job: Job, objects: ObjectStore, key: str, kind: str, extension: str) -> File:
    """A file that a job makes once, with its output, whose hash stands for its own."""
    output = _output(job)
    return File(
        key=key,
        name=download_name(job.source.name, kind, extension),
        extension=extension,
        bytes=await asyncio.to_thread(_size, objects, key),
        etag=f'"{output.sha256}-{kind}"',
    )


def _output(job: Job) -> Output:
    """What a job made; raises Conflict where it has not, or never will."""
    if job.output is not None:
        return job.output
    if job.state == JobState.FAILED:
        raise Conflict("The job failed, so there is no video.")
    if job.state == JobState.CANCELLED:
        raise Conflict("The job was cancelled, so there is no video.")
    raise Conflict(f"The job has not finished yet: it is {job.state}.")


def _size(objects: ObjectStore, key: str) -> int:
    try:
        return objects.size(key)
    except NotFound as error:
        raise NotFound("This file is no longer there.") from error


async def _answer(objects: ObjectStore, file: File, wanted: Asked) -> Response:
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Content-Disposition": content_disposition(file.name),
        "ETag": file.etag,
    }
    if is_fresh(wanted.if_none_match, file.etag):
        return Response(status_code=304, headers=headers)
    wish = wanted.range if range_applies(wanted.if_range, file.etag) else None
    # A Range header counts for GET alone (RFC 9110 §14.2).
    part = None if wanted.head_only else requested_range(wish, file.bytes)
    start, end = part or (0, file.bytes)
    headers["Content-Length"] = str(end - start)
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{file.bytes}"
    status = 200 if part is None else 206
    media_type = ALL_TYPES[file.extension]
    if wanted.head_only:
        return Response(status_code=status, headers=headers, media_type=media_type)
    return await ObjectResponse.of(
        objects, file.key, start, end, status_code=status, headers=headers, media_type=media_type
    )
