"""The cookie that stands for a key."""

from __future__ import annotations

import json

import httpx
import pytest

from nhance_gateway.access import COOKIE
from nhance_kit.api_keys import ApiKeys, Scope


async def begin(client: httpx.AsyncClient, key: str) -> httpx.Response:
    return await client.post("/v1/session", json={"key": key})


async def test_a_session_opens_what_its_key_opens_until_it_ends(
    stranger: httpx.AsyncClient, keys: ApiKeys, tenant: str
) -> None:
    key, _ = await keys.create(tenant, "", [Scope.JOBS_READ])
    reply = await begin(stranger, key)
    assert (204, b"") == (reply.status_code, reply.content)
    (cookie,) = reply.headers.get_list("set-cookie")
    assert key not in cookie
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "secure", "samesite=strict", "path=/", "max-age=43200"} == parts
    assert (await stranger.get("/v1/jobs")).status_code == 200
    session = stranger.cookies[COOKIE]
    assert (await stranger.delete("/v1/session")).status_code == 204
    assert COOKIE not in stranger.cookies
    stranger.cookies.set(COOKIE, session)
    assert (await stranger.get("/v1/jobs")).status_code == 401


async def test_on_this_machine_the_cookie_needs_no_tls(
    stranger: httpx.AsyncClient, keys: ApiKeys, tenant: str
) -> None:
    key, _ = await keys.create(tenant, "", [Scope.JOBS_READ])
    reply = await stranger.post("http://127.0.0.1:8000/v1/session", json={"key": key})
    assert "secure" not in reply.headers["set-cookie"].lower()


async def test_a_session_begets_no_session(
    stranger: httpx.AsyncClient, keys: ApiKeys, tenant: str
) -> None:
    key, _ = await keys.create(tenant, "", [Scope.JOBS_READ])
    await begin(stranger, key)
    assert (await begin(stranger, stranger.cookies[COOKIE])).status_code == 401


async def test_wrong_keys_are_throttled(stranger: httpx.AsyncClient) -> None:
    statuses = [(await begin(stranger, f"nhk_{number}")).status_code for number in range(21)]
    assert [401] * 20 + [429] == statuses


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{}", 400),
        (b'{"key": 1}', 400),
        (b'{"key": ""}', 400),
        (b"[" * 100_000, 413),
        (b"[" * 60_000, 400),
        (json.dumps({"key": "x" * 70_000}).encode(), 413),
    ],
)
async def test_bodies_that_are_none(stranger: httpx.AsyncClient, body: bytes, status: int) -> None:
    reply = await stranger.post("/v1/session", content=body)
    assert status == reply.status_code
    assert reply.headers["content-type"] == "application/problem+json"


async def test_another_site_begins_no_session(
    stranger: httpx.AsyncClient, keys: ApiKeys, tenant: str
) -> None:
    key, _ = await keys.create(tenant, "", [Scope.JOBS_READ])
    evil = {"Sec-Fetch-Site": "cross-site"}
    for method in ("POST", "DELETE"):
        reply = await stranger.request(method, "/v1/session", json={"key": key}, headers=evil)
        assert reply.status_code == 403
