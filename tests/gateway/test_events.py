"""Watching jobs: every watcher sees the end, whatever happens on the way."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import httpx
import pytest
from fastapi import FastAPI

from nhance_kit.api_keys import ApiKeys, Scope
from nhance_kit.changes import APPLICATION
from nhance_kit.errors import StoreUnavailable
from nhance_kit.jobs import Job, Output
from nhance_kit.objects import ObjectStore
from nhance_kit.store import JobStore, new_job_id

from .acting import cut, finish, new_job
from .sse import Stream, stream

OUTPUT = Output("mp4", 3, "0" * 64)


async def end(store: JobStore, job: Job, *frames: int) -> None:
    for index, count in enumerate(frames):
        await store.steps.batch_done(job.id, index, count, [])
    await store.steps.muxed(job.id, OUTPUT, [])


async def states(watched: Stream) -> list[str]:
    return [event.data["state"] async for event in watched]


async def test_a_job_is_watched_to_its_end(app: FastAPI, store: JobStore, tenant: str) -> None:
    job = await new_job(store, tenant)
    async with stream(app, f"/v1/jobs/{job.id}/events") as watched:
        assert watched.headers["content-type"].startswith("text/event-stream")
        assert watched.headers["cache-control"] == "no-store"
        first = await watched.next()
        assert (first.kind, first.data["state"]) == ("job", "queued")
        await cut(store, job)
        ids = [first.id]
        while (event := await watched.next()).data["state"] != "enhancing":
            ids.append(event.id)
        ids.append(event.id)
        await store.steps.batch_begun(job.id, 0)
        await store.steps.frames_done(job.id, 0, 17)
        while (event := await watched.next()).data["progress"]["frames_done"] != 17:
            ids.append(event.id)
        await end(store, job, 60, 42)
        async for event in watched:
            ids.append(event.id)
    assert event.data["state"] == "succeeded"
    assert event.data["links"]["video"] is not None
    numbers = [int(number or "") for number in ids]
    assert sorted(numbers) == numbers


async def test_a_job_that_has_ended_is_told_once(
    app: FastAPI, store: JobStore, objects: ObjectStore, tenant: str
) -> None:
    job = await new_job(store, tenant)
    await finish(store, objects, job, b"enhanced")
    path = f"/v1/jobs/{job.id}/events"
    async with stream(app, path) as watched:
        assert await states(watched) == ["succeeded"]
    async with stream(app, path, watched.last_event_id) as again:
        assert again.status == 204


async def test_a_watcher_goes_on_where_it_was(app: FastAPI, store: JobStore, tenant: str) -> None:
    job = await new_job(store, tenant)
    path = f"/v1/jobs/{job.id}/events"
    async with stream(app, path) as watched:
        await watched.next()
    async with stream(app, path, watched.last_event_id) as again:
        await cut(store, job)
        event = await again.next()
        assert event.data["state"] in ("ingesting", "enhancing")
    await end(store, job, 60, 42)
    async with stream(app, path, watched.last_event_id) as late:
        assert await states(late) == ["succeeded"]


@pytest.mark.parametrize("path", [f"/v1/jobs/{new_job_id()}/events", "/v1/jobs/x/events"])
async def test_what_there_is_not_cannot_be_watched(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


async def test_who_watches_a_deleted_job_is_told(
    app: FastAPI, store: JobStore, tenant: str
) -> None:
    job = await new_job(store, tenant)
    async with stream(app, f"/v1/jobs/{job.id}/events") as watched:
        await watched.next()
        await store.delete(job.id, tenant)
        assert [("deleted", {"id": job.id})] == [
            (event.kind, event.data) async for event in watched
        ]


async def test_a_slow_watcher_gets_the_newest_state(
    app: FastAPI, store: JobStore, tenant: str
) -> None:
    job = await new_job(store, tenant)
    async with stream(app, f"/v1/jobs/{job.id}/events") as watched:
        await watched.next()
        await cut(store, job, [1000])
        for frames in range(0, 1000, 50):
            await store.steps.frames_done(job.id, 0, frames)
            await asyncio.sleep(0.02)
        await end(store, job, 1000)
        await asyncio.sleep(0.3)
        seen = await states(watched)
    assert seen[-1] == "succeeded"
    assert len(seen) < 6


async def test_all_jobs_are_watched_over_one_connection(
    app: FastAPI, store: JobStore, tenant: str
) -> None:
    old = await new_job(store, tenant)
    async with stream(app, "/v1/events") as watched:
        new = await new_job(store, tenant)
        await new_job(store, tenant + "x")
        event = await watched.next()
        assert (event.kind, event.data["id"], event.data["state"]) == ("job", new.id, "queued")
        await store.delete(old.id, tenant)
        assert {"id": old.id} == (await watched.next()).data
        seen = watched.last_event_id
    newer = await new_job(store, tenant)
    await store.delete(new.id, tenant)
    async with stream(app, "/v1/events", seen) as again:
        missed = [await again.next(), await again.next()]
        assert {("job", newer.id), ("deleted", new.id)} == {
            (event.kind, event.data["id"]) for event in missed
        }
        assert missed[0].id is None
        assert int(missed[1].id or "") > int(seen or "")
    async with stream(app, "/v1/events", again.last_event_id) as quiet:
        assert quiet.last_event_id is None
        await store.cancel(newer.id, tenant)
        assert (await quiet.next()).data["state"] == "cancelled"


@pytest.mark.parametrize("last_event_id", ["x", "-1", "9" * 30, "٣"])
async def test_an_id_that_was_never_sent_is_none(
    app: FastAPI, store: JobStore, tenant: str, last_event_id: str
) -> None:
    job = await new_job(store, tenant)
    path = f"/v1/jobs/{job.id}/events"
    async with stream(app, path, last_event_id) as watched:
        assert (await watched.next()).data["state"] == "queued"
    async with stream(app, "/v1/events", last_event_id) as all_of_them:
        await store.cancel(job.id, tenant)
        assert (await all_of_them.next()).data["state"] == "cancelled"


async def test_silence_is_broken_by_heartbeats(
    app: FastAPI, store: JobStore, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nhance_gateway.events.HEARTBEAT_S", 0.05)
    job = await new_job(store, tenant)
    async with stream(app, f"/v1/jobs/{job.id}/events") as watched:
        await watched.next()
        await asyncio.sleep(0.5)
        await store.cancel(job.id, tenant)
        assert await states(watched) == ["cancelled"]
    assert len(watched.comments) > 1


async def test_a_place_in_the_queue_moves_without_a_change_of_the_job(
    app: FastAPI, store: JobStore, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nhance_gateway.feed.REFRESH_S", 0.1)
    ahead, waiting = await new_job(store, tenant + "x"), await new_job(store, tenant)
    async with stream(app, f"/v1/jobs/{waiting.id}/events") as watched:
        first = await watched.next()
        await store.cancel(ahead.id, tenant + "x")
        then = await watched.next()
    assert first.id == then.id
    moved = first.data["progress"]["queue_position"] - then.data["progress"]["queue_position"]
    assert moved == 1


async def test_the_listener_survives_the_loss_of_its_connection(
    app: FastAPI, store: JobStore, tenant: str
) -> None:
    """What changes while nobody listens is told as soon as somebody does again."""
    job = await new_job(store, tenant)
    async with stream(app, f"/v1/jobs/{job.id}/events") as watched:
        await watched.next()
        async with store.database.pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT pg_terminate_backend(pid) AS killed FROM pg_stat_activity"
                " WHERE application_name = %s",
                (APPLICATION,),
            )
            assert [True] == [row["killed"] async for row in cursor]
        await store.cancel(job.id, tenant)
        assert await states(watched) == ["cancelled"]


async def test_a_database_that_is_away_for_a_while_costs_no_news(
    app: FastAPI, store: JobStore, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = app.state.parts.changes
    since, broken = changes.since, 0

    async def away(*arguments: object) -> object:
        nonlocal broken
        broken += 1
        if broken < 3:
            raise StoreUnavailable("gone")
        return await since(*arguments)

    monkeypatch.setattr("nhance_gateway.feed.FIRST_PAUSE_S", 0.05)
    job = await new_job(store, tenant)
    async with stream(app, f"/v1/jobs/{job.id}/events") as watched:
        await watched.next()
        monkeypatch.setattr(changes, "since", away)
        await store.cancel(job.id, tenant)
        assert await states(watched) == ["cancelled"]
    assert broken >= 3


async def test_a_stopping_gateway_ends_its_streams(
    app: FastAPI, store: JobStore, tenant: str
) -> None:
    job = await new_job(store, tenant)
    async with stream(app, f"/v1/jobs/{job.id}/events") as one, stream(app, "/v1/events") as every:
        await one.next()
        app.state.parts.feed.end()
        assert await states(one) == []
        assert await states(every) == []
    async with stream(app, f"/v1/jobs/{job.id}/events") as late:
        assert await states(late) == ["queued"]


async def test_a_thousand_watchers_see_the_end(
    app: FastAPI, store: JobStore, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One job watched by half of them, the tenant by the others; few reads serve all."""
    changes = app.state.parts.changes
    since, reads = changes.since, 0

    async def counted(*arguments: object) -> object:
        nonlocal reads
        reads += 1
        return await since(*arguments)

    job = await new_job(store, tenant)
    async with AsyncExitStack() as opened:
        watching = [
            await opened.enter_async_context(stream(app, path))
            for path in (f"/v1/jobs/{job.id}/events", "/v1/events")
            for _ in range(500)
        ]
        monkeypatch.setattr(changes, "since", counted)
        await cut(store, job)
        await end(store, job, 60, 42)

        async def last(watched: Stream) -> str:
            async for event in watched:
                if event.data["state"] == "succeeded":
                    return str(event.data["id"])
            raise AssertionError("the stream ended before the job")

        seen = await asyncio.gather(*map(last, watching))
    assert [job.id] * 1000 == seen
    assert reads < 20


@pytest.mark.parametrize("busy", [False, True], ids=["between news", "among news"])
async def test_a_stream_ends_with_its_key(
    guarded: FastAPI,
    keys: ApiKeys,
    store: JobStore,
    tenant: str,
    monkeypatch: pytest.MonkeyPatch,
    busy: bool,
) -> None:
    monkeypatch.setattr("nhance_gateway.admission.EVERY_S", 0.1)
    monkeypatch.setattr("nhance_gateway.events.HEARTBEAT_S", 60 if busy else 0.05)
    key, kept = await keys.create(tenant, "", [Scope.JOBS_READ])
    other, _ = await keys.create(tenant, "", [Scope.JOBS_READ])
    job = await new_job(store, tenant)
    path = f"/v1/jobs/{job.id}/events"
    async with (
        stream(guarded, path, key=key) as ending,
        stream(guarded, "/v1/events", key=key) as ending_too,
        stream(guarded, path, key=other) as lasting,
    ):
        assert "queued" == (await ending.next()).data["state"]
        assert "queued" == (await lasting.next()).data["state"]
        await keys.revoke(kept.id)
        await asyncio.sleep(0.2)
        if busy:
            await cut(store, job)
        assert [] == await states(ending)
        assert [] == await states(ending_too)
        if not busy:
            await cut(store, job)
        assert (await lasting.next()).data["state"] in ("ingesting", "enhancing")
