"""tus 1.0.0, header by header; its clients are in tests/e2e."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import random
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from nhance_gateway import deps
from nhance_gateway.settings import GatewaySettings
from nhance_ingest.app import handlers
from nhance_kit import keys
from nhance_kit.errors import StoreUnavailable
from nhance_kit.objects import PART_BYTES, ObjectStore
from nhance_kit.queue import VERIFY_UPLOAD
from nhance_kit.store import JobStore

from .acting import NOTHING, left_behind, sent
from .test_create_job import problem_of

TUS = {"Tus-Resumable": "1.0.0"}
DATA = random.Random(8).randbytes(2 * PART_BYTES + 54321)
SIZE = len(DATA)


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def sha1(data: bytes) -> str:
    return f"sha1 {base64.b64encode(hashlib.sha1(data).digest()).decode()}"


async def begun(client: httpx.AsyncClient, size: int = SIZE, **headers: str) -> str:
    """The address of a new upload."""
    answer = await client.post("/v1/tus", headers={**TUS, "Upload-Length": str(size), **headers})
    assert answer.status_code == 201, answer.text
    assert "1.0.0" == answer.headers["tus-resumable"]
    assert answer.headers["upload-expires"].endswith("GMT")
    assert "0" == answer.headers["upload-offset"]
    return answer.headers["location"]


async def patch(
    client: httpx.AsyncClient,
    path: str,
    offset: int,
    content: bytes | AsyncIterator[bytes],
    **headers: str,
) -> httpx.Response:
    return await client.patch(
        path,
        content=content,
        headers={
            **TUS,
            "Content-Type": "application/offset+octet-stream",
            "Upload-Offset": str(offset),
            **headers,
        },
    )


async def offset_of(client: httpx.AsyncClient, path: str) -> int:
    answer = await client.head(path, headers=TUS)
    assert answer.status_code == 204
    assert "no-store" == answer.headers["cache-control"]
    return int(answer.headers["upload-offset"])


async def content_of(
    path: str,
    settings: GatewaySettings,
    store: JobStore,
    objects: ObjectStore,
    tenant: str,
) -> bytes:
    """What a whole upload holds, once ingest has verified it."""
    upload_id = path.rpartition("/")[2]
    await handlers(settings, store, objects)[VERIFY_UPLOAD](upload_id)
    assert [keys.upload(tenant, upload_id)] == objects.keys(keys.upload_prefix(tenant, upload_id))
    return objects.get(keys.upload(tenant, upload_id))


async def test_what_is_spoken(client: httpx.AsyncClient) -> None:
    answer = await client.options("/v1/tus")
    assert 204 == answer.status_code
    assert (
        "1.0.0",
        "creation,creation-with-upload,checksum,expiration,termination",
        "sha1,sha256",
    ) == tuple(
        answer.headers[name] for name in ("tus-version", "tus-extension", "tus-checksum-algorithm")
    )
    assert str(100 << 20) == answer.headers["tus-max-size"]


async def create_with(
    client: httpx.AsyncClient, content: bytes, size: int, checksum: str
) -> httpx.Response:
    headers = {
        "Content-Type": "application/offset+octet-stream",
        "Upload-Length": str(size),
        "Upload-Checksum": checksum,
    }
    return await client.post("/v1/tus", content=content, headers={**TUS, **headers})


@pytest.mark.parametrize("first", [0, 5, PART_BYTES + 1, SIZE])
async def test_bytes_may_come_with_the_announcement(
    client: httpx.AsyncClient,
    gateway_settings: GatewaySettings,
    store: JobStore,
    objects: ObjectStore,
    tenant: str,
    first: int,
) -> None:
    answer = await create_with(client, DATA[:first], SIZE, sha1(DATA[:first]))
    assert (201, str(first)) == (answer.status_code, answer.headers["upload-offset"])
    path = answer.headers["location"]
    if first < SIZE:
        assert 204 == (await patch(client, path, first, DATA[first:])).status_code
    assert DATA == await content_of(path, gateway_settings, store, objects, tenant)


@pytest.mark.parametrize(
    ("content", "checksum", "status", "code"),
    [
        (b"eight by", sha1(b"eight by"), 413, "too-large"),
        (b"seven b", sha1(b"seven c"), 460, "checksum-mismatch"),
        (b"seven b", "md5 abc", 400, "invalid-request"),
    ],
)
async def test_wrong_bytes_with_the_announcement_leave_no_upload(
    client: httpx.AsyncClient,
    store: JobStore,
    tenant: str,
    content: bytes,
    checksum: str,
    status: int,
    code: str,
) -> None:
    answer = await create_with(client, content, 7, checksum)
    problem_of(answer, status, code)
    async with store.database.transaction() as connection:
        cursor = await connection.execute("SELECT 1 FROM uploads WHERE tenant = %s", (tenant,))
        assert await cursor.fetchone() is None


CUTS = [
    [SIZE],
    [1, 2, 3, SIZE],
    [PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES, SIZE],
    [PART_BYTES // 2, 2 * PART_BYTES + 5, SIZE - 1, SIZE],
]


@pytest.mark.parametrize("cuts", CUTS, ids=str)
@pytest.mark.parametrize("summed", [False, True], ids=["plain", "with checksums"])
async def test_bytes_arrive_in_whatever_pieces(
    client: httpx.AsyncClient,
    gateway_settings: GatewaySettings,
    store: JobStore,
    objects: ObjectStore,
    tenant: str,
    cuts: list[int],
    summed: bool,
) -> None:
    metadata = f"filename {b64('../holiday ä.mov')},sha256 {b64(hashlib.sha256(DATA).hexdigest())}"
    path = await begun(client, SIZE, **{"Upload-Metadata": metadata})
    start = 0
    for end in cuts:
        piece = DATA[start:end]
        headers = {"Upload-Checksum": sha1(piece)} if summed else {}
        answer = await patch(client, path, start, piece, **headers)
        assert (204, str(end)) == (answer.status_code, answer.headers["upload-offset"])
        start = end
        assert start == await offset_of(client, path)

    assert DATA == await content_of(path, gateway_settings, store, objects, tenant)
    upload = (await client.get(path.replace("tus", "uploads"))).json()
    assert ("complete", "holiday ä.mov", [1, 2, 3], "tus") == (
        upload["state"],
        upload["name"],
        upload["parts_stored"],
        upload["way"],
    )
    answer = await client.head(path, headers=TUS)
    assert (metadata, str(SIZE)) == (
        answer.headers["upload-metadata"],
        answer.headers["upload-length"],
    )


async def test_an_empty_patch_changes_nothing(client: httpx.AsyncClient) -> None:
    path = await begun(client)
    for offset, piece in ((0, b""), (0, b"abc"), (3, b"")):
        assert 204 == (await patch(client, path, offset, piece)).status_code
    assert 3 == await offset_of(client, path)


@pytest.mark.parametrize("before", [0, 5, PART_BYTES + 5])
async def test_bytes_that_fail_their_checksum_are_not_kept(
    client: httpx.AsyncClient,
    gateway_settings: GatewaySettings,
    store: JobStore,
    objects: ObjectStore,
    tenant: str,
    before: int,
) -> None:
    path = await begun(client)
    await patch(client, path, 0, DATA[:before])
    garbage = bytes(PART_BYTES + 100)

    answer = await patch(client, path, before, garbage, **{"Upload-Checksum": sha1(b"other")})

    problem_of(answer, 460, "checksum-mismatch")
    assert before == await offset_of(client, path)
    await patch(client, path, before, DATA[before:])
    assert DATA == await content_of(path, gateway_settings, store, objects, tenant)


@pytest.mark.parametrize("size", [10, PART_BYTES, PART_BYTES + 10, 2 * PART_BYTES + 10])
@pytest.mark.parametrize("summed", [False, True], ids=["plain", "with checksums"])
async def test_what_a_client_sent_before_it_went_is_kept(
    app: FastAPI, client: httpx.AsyncClient, size: int, summed: bool
) -> None:
    path = await begun(client)
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": DATA[:size], "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> dict[str, Any]:
        return messages.pop(0) if len(messages) > 1 else messages[0]

    async def send(_: Any) -> None:
        pass

    await app(patch_scope(path, 0, summed), receive, send)

    assert (0 if summed else size) == await offset_of(client, path)


async def test_a_cancelled_request_keeps_what_came(
    app: FastAPI,
    client: httpx.AsyncClient,
    gateway_settings: GatewaySettings,
    store: JobStore,
    objects: ObjectStore,
    tenant: str,
) -> None:
    """As when the server stops in the middle: whatever is acknowledged then is stored."""
    path = await begun(client)
    offset = 0
    for pause_s in (0.0, 0.03, 0.1):
        await cancelled_patch(app, path, offset, pause_s)
        offset = await offset_of(client, path)

    await patch(client, path, offset, DATA[offset:])
    assert DATA == await content_of(path, gateway_settings, store, objects, tenant)


async def cancelled_patch(app: FastAPI, path: str, offset: int, pause_s: float) -> None:
    """A PATCH of whole chunks that is cancelled, twice, after a while."""
    starts = iter(range(offset, SIZE, 1 << 20))

    async def receive() -> dict[str, Any]:
        start = next(starts, None)
        if start is None:
            await asyncio.sleep(60)
        return {
            "type": "http.request",
            "body": DATA[start : (start or 0) + (1 << 20)],
            "more_body": True,
        }

    async def send(_: Any) -> None:
        pass

    request = asyncio.create_task(app(patch_scope(path, offset), receive, send))
    await asyncio.sleep(pause_s)
    request.cancel()
    await asyncio.sleep(0)
    request.cancel()
    await asyncio.gather(request, return_exceptions=True)
    for target in list(app.state.parts.unsettled):
        await target.settled.wait()


async def test_a_silent_client_is_given_up_and_its_bytes_are_kept(
    client: httpx.AsyncClient,
) -> None:
    async def body() -> Any:
        yield DATA[:1000]
        await asyncio.sleep(60)

    path = await begun(client)
    problem_of(await patch(client, path, 0, body()), 408, "slow-upload")
    assert 1000 == await offset_of(client, path)


async def test_one_request_at_a_time(client: httpx.AsyncClient) -> None:
    going, go_on = asyncio.Event(), asyncio.Event()

    async def body() -> Any:
        yield DATA[:1000]
        going.set()
        await go_on.wait()
        yield DATA[1000:2000]

    path = await begun(client)
    first = asyncio.create_task(patch(client, path, 0, body()))
    await going.wait()
    second = await patch(client, path, 0, DATA[:10])
    go_on.set()

    problem_of(second, 423, "busy")
    assert "retry-after" in second.headers
    assert 204 == (await first).status_code
    assert 2000 == await offset_of(client, path)


async def test_a_store_that_fails_keeps_what_was_acknowledged(
    client: httpx.AsyncClient,
    app: FastAPI,
    gateway_settings: GatewaySettings,
    store: JobStore,
    objects: ObjectStore,
    tenant: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = await begun(client)
    upload_part = objects.upload_part

    def broken(key: str, upload_id: str, number: int, data: bytes) -> str:
        if number > 1:
            raise StoreUnavailable("gone")
        return upload_part(key, upload_id, number, data)

    with monkeypatch.context() as patched:
        patched.setattr(app.state.parts.objects, "upload_part", broken)
        problem_of(await patch(client, path, 0, DATA), 503, "store-unavailable")

    assert PART_BYTES == await offset_of(client, path)
    await patch(client, path, PART_BYTES, DATA[PART_BYTES:])
    assert DATA == await content_of(path, gateway_settings, store, objects, tenant)


async def test_a_process_killed_before_it_acknowledged_loses_nothing(
    client: httpx.AsyncClient,
    app: FastAPI,
    gateway_settings: GatewaySettings,
    store: JobStore,
    objects: ObjectStore,
    tenant: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever is stored and not acknowledged, parts and tail, is stored again."""
    path = await begun(client)
    await patch(client, path, 0, DATA[:1000])

    async def killed(*_: object) -> None:
        raise StoreUnavailable("the process is gone")

    for offset, end in ((1000, 2000), (1000, PART_BYTES + 9), (2000, SIZE)):
        with monkeypatch.context() as patched:
            patched.setattr(app.state.parts.store.uploads, "received", killed)
            await patch(client, path, min(offset, 1000), DATA[1000:end])
        assert 1000 == await offset_of(client, path)

    await patch(client, path, 1000, DATA[1000:])
    assert DATA == await content_of(path, gateway_settings, store, objects, tenant)


async def test_the_last_byte_stored_by_a_process_that_was_killed_then(
    client: httpx.AsyncClient,
    app: FastAPI,
    gateway_settings: GatewaySettings,
    store: JobStore,
    objects: ObjectStore,
    tenant: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def killed(*_: object) -> None:
        raise StoreUnavailable("the process is gone")

    path = await begun(client)
    with monkeypatch.context() as patched:
        patched.setattr(app.state.parts.store.uploads, "verify", killed)
        problem_of(await patch(client, path, 0, DATA), 503, "store-unavailable")

    assert SIZE == await offset_of(client, path)
    assert DATA == await content_of(path, gateway_settings, store, objects, tenant)


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Upload-Length": "7"}, 412, "tus-version"),
        ({"Upload-Length": "7", "Tus-Resumable": "0.2.2"}, 412, "tus-version"),
        ({**TUS}, 400, "invalid-request"),
        ({**TUS, "Upload-Length": "-7"}, 400, "invalid-request"),
        ({**TUS, "Upload-Length": "9" * 19}, 400, "invalid-request"),
        ({**TUS, "Upload-Defer-Length": "1"}, 400, "invalid-request"),
        ({**TUS, "Upload-Length": "0"}, 422, "no-video"),
        ({**TUS, "Upload-Length": str((100 << 20) + 1)}, 413, "too-large"),
        ({**TUS, "Upload-Length": "7", "Upload-Metadata": "a %"}, 400, "invalid-request"),
        ({**TUS, "Upload-Length": "7", "Upload-Metadata": "a YQ==,a YQ=="}, 400, "invalid-request"),
        ({**TUS, "Upload-Length": "7", "Upload-Metadata": "sha256 YQ=="}, 400, "invalid-request"),
        ({**TUS, "Upload-Length": "7", "Upload-Metadata": "a" * 5000}, 400, "invalid-request"),
    ],
)
async def test_a_bad_beginning_is_refused(
    client: httpx.AsyncClient,
    objects: ObjectStore,
    tenant: str,
    headers: dict[str, str],
    status: int,
    code: str,
) -> None:
    answer = await client.post("/v1/tus", headers=headers)
    problem_of(answer, status, code)
    assert "1.0.0" == answer.headers["tus-resumable"]
    assert ("1.0.0" if status == 412 else None) == answer.headers.get("tus-version")
    assert NOTHING == left_behind(objects, tenant)


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Tus-Resumable": "2.0.0"}, 412, "tus-version"),
        ({"Content-Type": "application/octet-stream"}, 415, "not-tus"),
        ({"Upload-Offset": "1"}, 409, "conflict"),
        ({"Upload-Offset": "x"}, 400, "invalid-request"),
        ({"Upload-Checksum": "md5 abcd"}, 400, "invalid-request"),
        ({"Upload-Checksum": "sha1 %"}, 400, "invalid-request"),
        ({"Content-Length": "11"}, 413, "too-large"),
    ],
)
async def test_a_bad_patch_is_refused(
    client: httpx.AsyncClient, headers: dict[str, str], status: int, code: str
) -> None:
    path = await begun(client, 10)
    problem_of(await patch(client, path, 0, sent(b"abc"), **headers), status, code)
    assert 0 == await offset_of(client, path)


async def test_more_bytes_than_announced_are_refused(client: httpx.AsyncClient) -> None:
    path = await begun(client, 10)
    problem_of(await patch(client, path, 0, sent(b"12345", b"678901")), 413, "too-large")
    assert 5 == await offset_of(client, path)


async def test_termination(client: httpx.AsyncClient) -> None:
    path = await begun(client)
    await patch(client, path, 0, b"abc")
    overridden = {**TUS, "X-HTTP-Method-Override": "DELETE"}
    assert 204 == (await client.post(path, headers=overridden)).status_code
    for answer in (
        await client.head(path, headers=TUS),
        await patch(client, path, 3, b"def"),
        await client.delete(path, headers=TUS),
    ):
        assert 404 == answer.status_code


async def test_an_expired_upload_is_gone(
    client: httpx.AsyncClient, gateway_settings: GatewaySettings
) -> None:
    gateway_settings.upload_keep_s = -1
    path = await begun(client)
    assert 410 == (await client.head(path, headers=TUS)).status_code
    problem_of(await patch(client, path, 0, b"abc"), 410, "expired")


async def test_another_tenants_upload_is_not_there(client: httpx.AsyncClient, app: FastAPI) -> None:
    path = await begun(client)
    app.dependency_overrides[deps.tenant] = lambda: "stranger"
    assert 404 == (await client.head(path, headers=TUS)).status_code
    problem_of(await patch(client, path, 0, b"abc"), 404, "not-found")
    problem_of(await client.delete(path, headers=TUS), 404, "not-found")


async def test_either_way_keeps_to_itself(client: httpx.AsyncClient) -> None:
    announced = {"name": "a.mp4", "bytes": 3}
    in_parts = (await client.post("/v1/uploads", json=announced)).json()["id"]
    assert 404 == (await client.head(f"/v1/tus/{in_parts}", headers=TUS)).status_code
    by_tus = (await begun(client)).replace("tus", "uploads")
    problem_of(await client.get(f"{by_tus}/parts"), 409, "conflict")
    problem_of(await client.post(f"{by_tus}/complete", json={}), 409, "conflict")


def patch_scope(path: str, offset: int, summed: bool = False) -> dict[str, Any]:
    headers = {
        **TUS,
        "Content-Type": "application/offset+octet-stream",
        "Upload-Offset": str(offset),
    }
    if summed:
        headers["Upload-Checksum"] = sha1(DATA)
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "PATCH",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
