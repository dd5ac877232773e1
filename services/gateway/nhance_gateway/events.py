"""Routes that tell of jobs as they change: server-sent events (WHATWG HTML, section 9.2)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Response
from fastapi.sse import format_sse_event
from starlette.responses import StreamingResponse

from nhance_gateway.admission import Admission, Admitted
from nhance_gateway.deps import AppParts, JobId, Tenant
from nhance_gateway.feed import News, Watcher
from nhance_gateway.openapi import problem_responses
from nhance_gateway.problems import REF
from nhance_kit.changes import Changes

HEARTBEAT_S = 15.0
RECONNECT_MS = 2000
HEARTBEAT = format_sse_event(comment="still here")
UNBUFFERED = {"X-Accel-Buffering": "no"}  # as nginx understands it
# An unsigned integer of 64 bits at most, which is what the database can compare with.
MOST_DIGITS = 18

router = APIRouter(prefix="/v1", tags=["events"])

LastEventId = Annotated[
    str | None, Header(alias="Last-Event-ID", description="The `id` of the last event seen.")
]


async def of_job(job_id: JobId, tenant: Tenant, app: AppParts) -> AsyncIterator[Watcher]:
    """A watcher of the job that the path names, until the stream is over."""
    async with app.feed.watch(tenant, job_id) as watcher:
        yield watcher


async def of_tenant(tenant: Tenant, app: AppParts) -> AsyncIterator[Watcher]:
    """A watcher of all jobs, until the stream is over."""
    async with app.feed.watch(tenant) as watcher:
        yield watcher


class EventStream(StreamingResponse):
    """As FastAPI's own streams, but the JSON of an event is made once for all who watch."""

    media_type = "text/event-stream"


def _documented(more: Mapping[int | str, dict[str, Any]]) -> dict[int | str, dict[str, Any]]:
    # OpenAPI 3.2's way to describe each event of a stream, as FastAPI does for streams of its own.
    event = {
        "type": "object",
        "properties": {
            "event": {"enum": ["job", "deleted"]},
            "id": {"type": "string"},
            "data": {
                "type": "string",
                "contentMediaType": "application/json",
                "contentSchema": {"$ref": REF.format(model="JobBody")},
            },
        },
    }
    content = {EventStream.media_type: {"itemSchema": event}}
    return {200: {"description": "Events, until the stream ends.", "content": content}, **more}


@router.get(
    "/jobs/{job_id}/events",
    summary="Watch a job",
    response_class=Response,
    responses=_documented(
        {
            204: {"description": "The job has ended, and the client has seen it."},
            **problem_responses(_404="There is no such job."),
        }
    ),
)
async def job_events(
    job_id: JobId,
    tenant: Tenant,
    app: AppParts,
    admission: Admitted,
    watcher: Annotated[Watcher, Depends(of_job)],
    last_event_id: LastEventId = None,
) -> Response:
    """The job as it stands, and again after each change, as server-sent events.

    An event `job` has the job as its data and, as its `id`, a number that only grows. The stream
    ends when the job has ended, or with the event `deleted`; and with the key that it was opened
    with. Who reads slowly skips states. With `Last-Event-ID` nothing is sent that was seen already.
    """
    job = await app.store.job(job_id, tenant)
    news = News(job_id, job)
    seen = _number(last_event_id) == job.revision
    if seen and news.is_last:
        return Response(status_code=204)
    return EventStream(_job_events(watcher, admission, news, seen), headers=UNBUFFERED)


@router.get(
    "/events",
    summary="Watch all jobs",
    response_class=Response,
    responses=_documented(problem_responses()),
)
async def all_events(
    tenant: Tenant,
    app: AppParts,
    admission: Admitted,
    watcher: Annotated[Watcher, Depends(of_tenant)],
    last_event_id: LastEventId = None,
) -> Response:
    """Every change of any job from now on, new ones and deleted ones included, over one connection.

    Events are those of a single job. Open the stream first and list the jobs then, and nothing is
    missed. With `Last-Event-ID` it begins with all that has changed since that event; deleted jobs
    are known for a day.
    """
    since = _number(last_event_id)
    missed = Changes([], watcher.horizon)
    if since is not None:
        missed = await app.changes.since(since, [tenant], [])
    return EventStream(_all_events(watcher, admission, missed), headers=UNBUFFERED)


async def _job_events(
    watcher: Watcher, admission: Admission, first: News, seen: bool
) -> AsyncIterator[bytes]:
    yield format_sse_event(retry=RECONNECT_MS)
    latest = first
    if not seen:
        yield _event(first, first.revision)
    while not latest.is_last:
        found = await _news(watcher)
        if found == [] or not await admission.lasts():
            return
        if found is None:
            yield HEARTBEAT
        elif found[0].follows(latest):
            latest = found[0]
            yield _event(latest, latest.revision)


async def _all_events(
    watcher: Watcher, admission: Admission, missed: Changes
) -> AsyncIterator[bytes]:
    # An event without data is none, but its id counts.
    yield format_sse_event(retry=RECONNECT_MS, id=None if missed.changes else str(missed.horizon))
    news = [News(change.job_id, change.job) for change in missed.changes]
    horizon = missed.horizon
    while True:
        for one in news:
            # Only who has read all of them may go on from here.
            yield _event(one, horizon if one is news[-1] else None)
        found = await _news(watcher)
        horizon = watcher.horizon
        if found == [] or not await admission.lasts():
            return
        if found is None:
            yield HEARTBEAT
        news = found or []


async def _news(watcher: Watcher) -> list[News] | None:
    """News, or None after HEARTBEAT_S without."""
    try:
        async with asyncio.timeout(HEARTBEAT_S):
            return await watcher.news()
    except TimeoutError:
        return None


def _event(news: News, number: int | None) -> bytes:
    return format_sse_event(
        event="deleted" if news.job is None else "job",
        id=None if number is None else str(number),
        data_str=news.data,
    )


def _number(event_id: str | None) -> int | None:
    """The number in an event's id; None for what this server has never sent."""
    if event_id is None or len(event_id) > MOST_DIGITS:
        return None
    return int(event_id) if event_id.isascii() and event_id.isdecimal() else None
