"""POST /v1/jobs: what is taken, what is refused, and that a refusal leaves nothing behind."""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from nhance_gateway.settings import GatewaySettings
from nhance_gateway.upload import all_settled
from nhance_kit import keys
from nhance_kit.errors import Internal, NoVideo, StoreUnavailable
from nhance_kit.objects import PART_BYTES, ObjectStore
from nhance_kit.states import JobState
from nhance_kit.store import JobStore

from .acting import (
    FORM_END,
    MULTIPART,
    NOTHING,
    cut,
    fail_next,
    field,
    file_head,
    left_behind,
    next_job,
    sent,
)


def problem_of(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem in a response, checked for what all problems have."""
    assert status == response.status_code, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-content-type-options"] == "nosniff"
    problem: dict[str, Any] = response.json()
    assert (status, code) == (problem["status"], problem["code"])
    assert {"type", "title", "detail", "instance"} <= problem.keys()
    return problem


async def test_a_video_becomes_a_job(
    client: httpx.AsyncClient, store: JobStore, objects: ObjectStore, tenant: str
) -> None:
    video = random.Random(1).randbytes(PART_BYTES + 12345)
    response = await client.post(
        "/v1/jobs",
        files={"file": ("../holiday ä.mov", video)},
        data={"model": "dped", "strength": "0.5", "comparison": "side"},
    )
    assert response.status_code == 202, response.text
    body = response.json()
    job = await store.job(body["id"], tenant)
    assert job.state == JobState.QUEUED
    assert f"/v1/jobs/{job.id}" == response.headers["location"] == body["links"]["self"]
    assert int(response.headers["retry-after"]) > 0
    assert {
        "name": "holiday ä.mov",
        "bytes": len(video),
        "sha256": hashlib.sha256(video).hexdigest(),
    } == body["source"]
    assert {"model": "dped", "strength": 0.5, "comparison": "side"}.items() <= body[
        "options"
    ].items()
    assert video == objects.get(keys.source(tenant, job.id))
    assert ([keys.source(tenant, job.id)], []) == left_behind(objects, tenant)


async def test_fields_may_follow_the_file(client: httpx.AsyncClient) -> None:
    body = sent(file_head(), b"abc", b"\r\n", field("crf", "30"), FORM_END[2:])
    response = await client.post("/v1/jobs", content=body, headers=MULTIPART)
    assert response.status_code == 202, response.text
    assert response.json()["options"]["crf"] == 30


@pytest.mark.parametrize(
    ("chunks", "status", "code"),
    [
        ([FORM_END[2:]], 400, "invalid-request"),
        ([file_head(), b"abc\r\n", file_head(), b"x", FORM_END], 400, "invalid-request"),
        ([field("colour", "red"), file_head(), b"x", FORM_END], 400, "invalid-request"),
        ([file_head(), b"x\r\n", field("colour", "red"), FORM_END[2:]], 400, "invalid-request"),
        ([file_head(), FORM_END], 422, "no-video"),
        ([file_head(), b"x" * 1000], 400, "invalid-request"),
        ([file_head(), *[bytes(10 << 20)] * 11, FORM_END], 413, "too-large"),
        ([b"no multipart"], 400, "invalid-request"),
        ([file_head(), b"x", FORM_END, b"epilogue" * 10_000], 400, "invalid-request"),
        ([field("model", "nice"), file_head(), b"x", FORM_END], 404, "model-not-found"),
        (
            [file_head(), bytes(20 << 20), b"\r\n", field("model", "nice"), FORM_END[2:]],
            404,
            "model-not-found",
        ),
    ],
    ids=lambda value: None if isinstance(value, list) else value,
)
async def test_a_bad_upload_is_refused(
    client: httpx.AsyncClient,
    store: JobStore,
    objects: ObjectStore,
    tenant: str,
    chunks: list[bytes],
    status: int,
    code: str,
) -> None:
    response = await client.post("/v1/jobs", content=sent(*chunks), headers=MULTIPART)
    problem_of(response, status, code)
    assert await store.newest(tenant, 1) == []
    assert left_behind(objects, tenant) == NOTHING


async def test_an_empty_file_is_told_so(client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/jobs", files={"file": ("a.mp4", b"")})
    assert problem_of(response, 422, "no-video")["detail"].startswith("The file is empty")


async def test_an_unknown_model_is_told_the_known(client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/jobs", files={"file": b"abc"}, data={"model": "nice"})
    assert "there are: dped, look." in problem_of(response, 404, "model-not-found")["detail"]


async def test_every_wrong_field_is_listed(client: httpx.AsyncClient) -> None:
    fields = {"strength": "nan", "crf": "99", "preset": "warp", "colour": "red", "model": "../x"}
    response = await client.post("/v1/jobs", files={"file": b"abc"}, data=fields)
    problem = problem_of(response, 400, "invalid-request")
    assert set(fields) == {error["field"] for error in problem["errors"]}


async def test_a_wrong_field_is_told_before_the_file_is_read(client: httpx.AsyncClient) -> None:
    read = 0

    async def body() -> Any:
        nonlocal read
        yield field("crf", "99") + file_head()
        while True:
            read += 1
            await asyncio.sleep(0.2)
            yield b"x"

    response = await client.post("/v1/jobs", content=body(), headers=MULTIPART)
    problem_of(response, 400, "invalid-request")
    assert read < 20


async def test_other_media_types_are_refused(client: httpx.AsyncClient) -> None:
    problem_of(await client.post("/v1/jobs", data={"a": "1"}), 415, "not-multipart")


async def test_a_length_too_large_is_refused_unread(client: httpx.AsyncClient) -> None:
    headers = {**MULTIPART, "Content-Length": str(200 << 20)}
    response = await client.post("/v1/jobs", content=sent(file_head()), headers=headers)
    problem_of(response, 413, "too-large")


async def test_a_silent_client_is_given_up(
    client: httpx.AsyncClient, objects: ObjectStore, tenant: str
) -> None:
    async def body() -> Any:
        yield file_head() + bytes(PART_BYTES)
        await asyncio.sleep(60)

    response = await client.post("/v1/jobs", content=body(), headers=MULTIPART)
    problem_of(response, 408, "slow-upload")
    assert left_behind(objects, tenant) == NOTHING


async def test_a_trickle_is_given_up(client: httpx.AsyncClient) -> None:
    async def body() -> Any:
        yield file_head()
        while True:
            await asyncio.sleep(0.05)
            yield b"x"

    response = await client.post("/v1/jobs", content=body(), headers=MULTIPART)
    problem_of(response, 408, "slow-upload")


async def test_no_more_uploads_are_taken_than_there_is_memory_for(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    unsettled = app.state.parts.unsettled
    monkeypatch.setattr(unsettled, "_at_most", 1)
    refused: list[httpx.Response] = []

    async def body() -> Any:
        yield file_head()
        assert len(unsettled) == 1
        refused.append(await client.post("/v1/jobs", content=file_head(), headers=MULTIPART))

    await client.post("/v1/jobs", content=body(), headers=MULTIPART)

    assert not unsettled
    problem = problem_of(refused[0], 503, "too-many-uploads")
    assert "As many uploads are under way as there is memory for, 1." in problem["detail"]
    assert f"Try again in {refused[0].headers['Retry-After']} s." in problem["detail"]


@pytest.mark.parametrize("size", [10, PART_BYTES, 3 * PART_BYTES + 5])
async def test_a_client_that_goes_away_leaves_nothing(
    app: FastAPI, store: JobStore, objects: ObjectStore, tenant: str, size: int
) -> None:
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": file_head() + bytes(size), "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> dict[str, Any]:
        return messages.pop(0) if len(messages) > 1 else messages[0]

    async def send(_: Any) -> None:
        pass

    await app(post_scope(), receive, send)
    assert await store.newest(tenant, 1) == []
    assert left_behind(objects, tenant) == NOTHING


async def test_a_cancelled_request_leaves_nothing(
    app: FastAPI, objects: ObjectStore, tenant: str
) -> None:
    """As when the server stops in the middle of an upload."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": next(bodies), "more_body": True}

    async def send(_: Any) -> None:
        pass

    bodies = iter([file_head(), *[bytes(1 << 20)] * 95])
    for pause_s in (0.0, 0.02, 0.1):
        bodies = iter([file_head(), *[bytes(1 << 20)] * 95])
        request = asyncio.create_task(app(post_scope(), receive, send))
        await asyncio.sleep(pause_s)
        request.cancel()
        await asyncio.sleep(0)
        request.cancel()
        await asyncio.gather(request, return_exceptions=True)
        await all_settled(app.state.parts.unsettled, 10)
        assert left_behind(objects, tenant) == NOTHING


async def test_memory_is_bounded_by_three_parts(
    client: httpx.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a store that is slower than the client, what was read but not stored stays small."""
    objects: ObjectStore = app.state.parts.objects
    upload_part = objects.upload_part
    sent_bytes = stored_bytes = most_held = 0
    chunk = bytes(256 << 10)

    def slow_upload_part(key: str, upload_id: str, number: int, data: bytes) -> str:
        nonlocal stored_bytes
        time.sleep(0.05)
        etag = upload_part(key, upload_id, number, data)
        stored_bytes += len(data)
        return etag

    async def body() -> Any:
        nonlocal sent_bytes, most_held
        yield file_head()
        for _ in range(4 * 80):
            sent_bytes += len(chunk)
            most_held = max(most_held, sent_bytes - stored_bytes)
            yield chunk
        yield FORM_END

    monkeypatch.setattr(objects, "upload_part", slow_upload_part)
    response = await client.post("/v1/jobs", content=body(), headers=MULTIPART)
    assert response.status_code == 202, response.text
    assert stored_bytes == 80 << 20
    assert most_held <= 3 * PART_BYTES + 2 * len(chunk)


async def test_a_store_that_fails_is_a_503_and_leaves_nothing(
    client: httpx.AsyncClient,
    app: FastAPI,
    objects: ObjectStore,
    tenant: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> str:
        raise StoreUnavailable("10.1.2.3 said no")

    with monkeypatch.context() as patch:
        patch.setattr(app.state.parts.objects, "upload_part", broken)
        response = await client.post("/v1/jobs", files={"file": bytes(3 * PART_BYTES)})
    problem = problem_of(response, 503, "store-unavailable")
    assert "10.1.2.3" not in problem["detail"]
    assert "retry-after" in response.headers
    monkeypatch.setattr(app.state.parts.store, "create", broken)
    response = await client.post("/v1/jobs", files={"file": b"abc"})
    problem_of(response, 503, "store-unavailable")
    assert left_behind(objects, tenant) == NOTHING


async def test_what_is_no_video_is_refused_and_leaves_nothing(
    client: httpx.AsyncClient,
    gateway_settings: GatewaySettings,
    store: JobStore,
    objects: ObjectStore,
    tenant: str,
) -> None:
    gateway_settings.ingest_wait_s = 10
    ingest = asyncio.create_task(fail_next(store, tenant, NoVideo("It is a song."), after_s=0.2))
    response = await client.post("/v1/jobs", files={"file": ("a.mp4", b"song")})
    await ingest
    assert problem_of(response, 422, "no-video")["detail"] == "It is a song."
    assert await store.newest(tenant, 1) == []
    assert left_behind(objects, tenant) == NOTHING


async def test_a_fault_of_ours_is_no_refusal(
    client: httpx.AsyncClient, gateway_settings: GatewaySettings, store: JobStore, tenant: str
) -> None:
    gateway_settings.ingest_wait_s = 10
    ingest = asyncio.create_task(fail_next(store, tenant, Internal("line 5 of secret.py")))
    response = await client.post("/v1/jobs", files={"file": ("a.mp4", b"video")})
    await ingest
    assert response.status_code == 202
    error = response.json()["error"]
    assert (error["code"], error["status"]) == ("internal", 500)
    assert "secret" not in error["detail"]


async def test_a_good_video_is_answered_as_soon_as_it_is_known(
    client: httpx.AsyncClient, gateway_settings: GatewaySettings, store: JobStore, tenant: str
) -> None:
    gateway_settings.ingest_wait_s = 60

    async def ingest() -> None:
        await cut(store, await next_job(store, tenant))

    worker = asyncio.create_task(ingest())
    response = await client.post("/v1/jobs", files={"file": ("a.mp4", b"video")})
    await worker
    assert response.status_code == 202
    assert response.json()["state"] == "enhancing"
    assert response.json()["progress"]["frames_total"] == 102


async def test_a_database_that_stops_answering_does_not_undo_a_job(
    client: httpx.AsyncClient,
    app: FastAPI,
    gateway_settings: GatewaySettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(*_: object) -> None:
        raise StoreUnavailable("gone")

    gateway_settings.ingest_wait_s = 0.3
    monkeypatch.setattr(app.state.parts.store, "job", broken)
    response = await client.post("/v1/jobs", files={"file": ("a.mp4", b"video")})
    assert (response.status_code, response.json()["state"]) == (202, "queued")


def post_scope() -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/v1/jobs",
        "raw_path": b"/v1/jobs",
        "root_path": "",
        "query_string": b"",
        "headers": [(b"content-type", MULTIPART["Content-Type"].encode())],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
