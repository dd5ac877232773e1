"""Uploads whose parts go straight into the object store: begun, sent, completed, refused."""

from __future__ import annotations

import asyncio
import hashlib
import random
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI

from nhance_gateway import deps, upload_source
from nhance_gateway.errors import Verifying
from nhance_gateway.settings import GatewaySettings
from nhance_ingest.app import handlers
from nhance_kit import keys
from nhance_kit.errors import Conflict, DamagedUpload, Expired, NotFound, StoreUnavailable
from nhance_kit.objects import PART_BYTES, ObjectStore
from nhance_kit.queue import VERIFY_UPLOAD
from nhance_kit.store import JobStore, new_job_id

from .acting import NOTHING, left_behind
from .test_create_job import problem_of

DATA = random.Random(7).randbytes(2 * PART_BYTES + 321)
DIGEST = hashlib.sha256(DATA).hexdigest()


async def begun(client: httpx.AsyncClient, size: int = len(DATA), **fields: Any) -> dict[str, Any]:
    answer = await client.post("/v1/uploads", json={"name": "a.mp4", "bytes": size, **fields})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    assert f"/v1/uploads/{body['id']}" == answer.headers["location"]
    return body


async def send(client: httpx.AsyncClient, upload_id: str, *numbers: int) -> None:
    """PUT these parts of DATA where the gateway says, as a client on another machine does."""
    for number in numbers:
        asked = {"first": number, "count": 1}
        answer = await client.get(f"/v1/uploads/{upload_id}/parts", params=asked)
        (part,) = answer.json()["parts"]
        assert number == part["number"]
        data = DATA[(number - 1) * PART_BYTES :][: part["bytes"]]
        async with httpx.AsyncClient() as direct:
            assert (await direct.put(part["url"], content=data)).status_code == 200


async def verify(
    gateway_settings: GatewaySettings, store: JobStore, objects: ObjectStore, upload_id: str
) -> None:
    """What ingest does."""
    await handlers(gateway_settings, store, objects)[VERIFY_UPLOAD](upload_id)


async def test_an_upload_in_parts(
    client: httpx.AsyncClient,
    gateway_settings: GatewaySettings,
    store: JobStore,
    objects: ObjectStore,
    tenant: str,
) -> None:
    upload = await begun(client)
    path = f"/v1/uploads/{upload['id']}"
    assert ("uploading", 3, []) == (
        upload["state"],
        upload["parts_total"],
        upload["parts_stored"],
    )
    await send(client, upload["id"], 3, 1, 1)
    assert [1, 3] == (await client.get(path)).json()["parts_stored"]
    answer = await client.post(f"{path}/complete", json={"sha256": DIGEST})
    assert "1 of 3 parts are missing: 2." in problem_of(answer, 409, "conflict")["detail"]
    await send(client, upload["id"], 2)

    answer = await client.post(f"{path}/complete", json={"sha256": DIGEST})

    assert (202, "verifying") == (answer.status_code, answer.json()["state"])
    assert "retry-after" in answer.headers
    await verify(gateway_settings, store, objects, upload["id"])
    found = (await client.get(path)).json()
    assert ("complete", DIGEST, [1, 2, 3]) == (
        found["state"],
        found["sha256"],
        found["parts_stored"],
    )
    assert 200 == (await client.post(f"{path}/complete", json={})).status_code
    problem_of(await client.get(f"{path}/parts"), 409, "conflict")
    assert DATA == objects.get(keys.upload(tenant, upload["id"]))


async def test_other_bytes_are_refused(
    client: httpx.AsyncClient,
    gateway_settings: GatewaySettings,
    store: JobStore,
    objects: ObjectStore,
) -> None:
    gateway_settings.ingest_wait_s = 30
    upload = await begun(client, sha256="0" * 64)
    await send(client, upload["id"], 1, 2, 3)
    path = f"/v1/uploads/{upload['id']}"
    answer = await client.post(f"{path}/complete", json={"sha256": DIGEST})
    problem_of(answer, 409, "conflict")

    async def ingest() -> None:
        with pytest.raises(DamagedUpload) as found:
            await verify(gateway_settings, store, objects, upload["id"])
        await store.uploads.fail(upload["id"], found.value)

    await store.uploads.verify(upload["id"])
    worker = asyncio.create_task(ingest())
    answer = await client.post(f"{path}/complete", json={})
    await worker

    assert DIGEST in problem_of(answer, 422, "damaged-upload")["detail"]
    found = (await client.get(path)).json()
    assert ("failed", "damaged-upload") == (found["state"], found["error"]["code"])


async def test_a_url_is_good_for_one_part_of_one_length(client: httpx.AsyncClient) -> None:
    upload = await begun(client)
    answer = await client.get(f"/v1/uploads/{upload['id']}/parts")
    parts = answer.json()["parts"]
    assert "no-store" == answer.headers["cache-control"]
    assert [PART_BYTES, PART_BYTES, 321] == [part["bytes"] for part in parts]
    url = parts[2]["url"]
    assert ["900"] == parse_qs(urlsplit(url).query)["X-Amz-Expires"]
    async with httpx.AsyncClient() as direct:
        for wrong, data in (
            (url, b"x" * 320),
            (url, b"x" * 322),
            (url.replace("partNumber=3", "partNumber=2"), b"x" * 321),
            (url.replace("/whole", "/other"), b"x" * 321),
            (re.sub("X-Amz-Expires=900", "X-Amz-Expires=9000", url), b"x" * 321),
        ):
            assert (await direct.put(wrong, content=data)).status_code == 403
        assert (await direct.put(url, content=b"x" * 321)).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"name": "a", "bytes": 0}, 400, "invalid-request"),
        ({"name": "a", "bytes": "7"}, 400, "invalid-request"),
        ({"name": "a", "bytes": 7.5}, 400, "invalid-request"),
        ({"name": "a", "bytes": 1 << 70}, 400, "invalid-request"),
        ({"name": "a"}, 400, "invalid-request"),
        ({"name": "a", "bytes": 7, "sha256": "abc"}, 400, "invalid-request"),
        ({"name": "a", "bytes": 7, "colour": "red"}, 400, "invalid-request"),
        ({"name": "a", "bytes": (100 << 20) + 1}, 413, "too-large"),
        ({"name": "a" * (65 << 10), "bytes": 7}, 413, "too-large"),
    ],
)
async def test_a_bad_announcement_is_refused(
    client: httpx.AsyncClient,
    objects: ObjectStore,
    tenant: str,
    body: dict[str, Any],
    status: int,
    code: str,
) -> None:
    problem_of(await client.post("/v1/uploads", json=body), status, code)
    assert NOTHING == left_behind(objects, tenant)


async def test_a_database_that_fails_leaves_nothing(
    client: httpx.AsyncClient,
    app: FastAPI,
    objects: ObjectStore,
    tenant: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise StoreUnavailable("gone")

    monkeypatch.setattr(app.state.parts.store.uploads, "create", broken)
    answer = await client.post("/v1/uploads", json={"name": "a", "bytes": 7})
    problem_of(answer, 503, "store-unavailable")
    assert NOTHING == left_behind(objects, tenant)


async def test_another_tenants_upload_is_not_there(
    client: httpx.AsyncClient, app: FastAPI, store: JobStore
) -> None:
    upload = await begun(client)
    path = f"/v1/uploads/{upload['id']}"
    app.dependency_overrides[deps.tenant] = lambda: "stranger"
    for answer in (
        await client.get(path),
        await client.get(f"{path}/parts"),
        await client.post(f"{path}/complete", json={}),
        await client.delete(path),
        await client.get("/v1/uploads/nonsense"),
    ):
        problem_of(answer, 404, "not-found")
    assert await store.uploads.get(upload["id"])


async def test_a_deleted_upload_is_gone(client: httpx.AsyncClient) -> None:
    path = f"/v1/uploads/{(await begun(client))['id']}"
    assert 204 == (await client.delete(path)).status_code
    problem_of(await client.get(path), 404, "not-found")


async def test_an_expired_upload_is_told_so(
    client: httpx.AsyncClient, gateway_settings: GatewaySettings
) -> None:
    gateway_settings.upload_keep_s = -1
    upload = await begun(client)
    problem_of(await client.get(f"/v1/uploads/{upload['id']}"), 410, "expired")


async def test_jobs_take_their_source_from_a_complete_upload(
    client: httpx.AsyncClient,
    app: FastAPI,
    gateway_settings: GatewaySettings,
    store: JobStore,
    objects: ObjectStore,
    tenant: str,
) -> None:
    upload_id = (await begun(client))["id"]
    parts = app.state.parts
    with pytest.raises(Conflict):
        await upload_source.complete_upload(parts, tenant, upload_id)
    await send(client, upload_id, 1, 2, 3)
    await client.post(f"/v1/uploads/{upload_id}/complete", json={})
    with pytest.raises(Verifying):
        await upload_source.complete_upload(parts, tenant, upload_id)
    early = await client.post("/v1/jobs", json={"upload_id": upload_id})
    problem_of(early, 409, "verifying")
    assert early.headers["retry-after"] == "2"
    with pytest.raises(NotFound):
        await upload_source.complete_upload(parts, "stranger", upload_id)
    await verify(gateway_settings, store, objects, upload_id)
    upload = await upload_source.complete_upload(parts, tenant, upload_id)

    job_id, failed_id = new_job_id(), new_job_id()
    async with upload_source.source_of(parts, upload, job_id) as source:
        assert ("a.mp4", len(DATA), DIGEST) == (source.name, source.bytes, source.sha256)
    with pytest.raises(StoreUnavailable):
        async with upload_source.source_of(parts, upload, failed_id):
            raise StoreUnavailable("no job was made")

    assert DATA == objects.get(keys.source(tenant, job_id))
    assert [] == objects.keys(keys.job_prefix(tenant, failed_id))


async def test_only_named_origins_may_put(client: httpx.AsyncClient, objects: ObjectStore) -> None:
    objects.allow_puts_from(["http://127.0.0.1:8000"])
    upload = await begun(client)
    url = (await client.get(f"/v1/uploads/{upload['id']}/parts")).json()["parts"][0]["url"]
    async with httpx.AsyncClient() as direct:
        asked = [
            (
                await direct.options(
                    url, headers={"Origin": origin, "Access-Control-Request-Method": "PUT"}
                )
            ).headers.get("access-control-allow-origin")
            for origin in ("http://127.0.0.1:8000", "http://evil.example")
        ]
    assert ["http://127.0.0.1:8000", None] == asked


async def test_an_expired_upload_makes_no_job(
    client: httpx.AsyncClient, app: FastAPI, gateway_settings: GatewaySettings, tenant: str
) -> None:
    gateway_settings.upload_keep_s = -1
    upload_id = (await begun(client))["id"]
    with pytest.raises(Expired):
        await upload_source.complete_upload(app.state.parts, tenant, upload_id)
    problem_of(await client.post("/v1/jobs", json={"upload_id": upload_id}), 410, "expired")
    responses = app.openapi()["paths"]["/v1/jobs"]["post"]["responses"]
    assert "The upload has expired." == responses["410"]["description"]
    assert "no such upload" in responses["404"]["description"]


async def test_a_job_is_made_of_an_upload(
    client: httpx.AsyncClient,
    gateway_settings: GatewaySettings,
    store: JobStore,
    objects: ObjectStore,
    tenant: str,
) -> None:
    upload_id = (await begun(client))["id"]
    wanted = {"upload_id": upload_id, "crf": 30, "labels": {"trip": "Jena"}}
    headers = {"Idempotency-Key": '"once"'}
    check = "/v1/jobs?validate_only=true"
    problem_of(await client.post(check, json=wanted), 409, "conflict")
    await send(client, upload_id, 1, 2, 3)
    await client.post(f"/v1/uploads/{upload_id}/complete", json={})
    await verify(gateway_settings, store, objects, upload_id)
    assert (await client.post(check, json=wanted)).json() == {"valid": True}
    assert await store.newest(tenant, 1) == []

    response = await client.post("/v1/jobs", json=wanted, headers=headers)

    assert response.status_code == 202, response.text
    job = response.json()
    assert {"name": "a.mp4", "bytes": len(DATA), "sha256": DIGEST} == job["source"]
    assert (job["options"]["crf"], job["labels"]) == (30, {"trip": "Jena"})
    assert DATA == objects.get(keys.source(tenant, job["id"]))
    again = await client.post("/v1/jobs", json=wanted, headers=headers)
    assert response.content == again.content
    other = {**wanted, "crf": 31}
    reused = await client.post("/v1/jobs", json=other, headers=headers)
    problem_of(reused, 422, "idempotency-key-reused")
    assert [job["id"]] == [found.id for found in await store.newest(tenant, 5)]


@pytest.mark.parametrize(
    ("wanted", "status", "code"),
    [
        ({}, 400, "invalid-request"),
        ({"upload_id": "x"}, 404, "not-found"),
        ({"upload_id": "0" * 32}, 404, "not-found"),
        ({"upload_id": "0" * 32, "model": "nice"}, 404, "model-not-found"),
        ({"upload_id": "0" * 32, "labels": {"a": 1}}, 400, "invalid-request"),
        ({"upload_id": "0" * 32, "colour": "red"}, 400, "invalid-request"),
        ([], 400, "invalid-request"),
    ],
)
async def test_a_bad_order_of_an_upload_is_refused(
    client: httpx.AsyncClient, store: JobStore, tenant: str, wanted: Any, status: int, code: str
) -> None:
    problem_of(await client.post("/v1/jobs", json=wanted), status, code)
    assert await store.newest(tenant, 1) == []


async def test_an_order_that_is_no_json_is_refused(client: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    for body in (b"", b"{", b"[" * 60_000):
        response = await client.post("/v1/jobs", content=body, headers=headers)
        problem_of(response, 400, "invalid-request")
    response = await client.post("/v1/jobs", content=b" " * 70_000, headers=headers)
    problem_of(response, 413, "too-large")
