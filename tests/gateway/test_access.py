"""Who gets in with what, and what the others are told."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.datastructures import Headers

from nhance_gateway.access import COOKIE, grants, is_cross_site, needed_scope
from nhance_kit.api_keys import ApiKeys, Scope
from nhance_kit.store import JobStore, new_job_id

from .acting import new_job

OPEN = {"/v1/session"}


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


async def test_every_route_needs_a_key(guarded: FastAPI, stranger: httpx.AsyncClient) -> None:
    tried = 0
    for route in iter_route_contexts(guarded.routes):
        if route.path is None or not route.path.startswith("/v1/") or route.path in OPEN:
            continue
        path = re.sub(r"{\w+}", new_job_id(), route.path)
        for method in route.methods or ():
            reply = await stranger.request(method, path)
            assert (method, path, 401) == (method, path, reply.status_code)
            assert reply.headers["www-authenticate"] == 'Bearer realm="nhance"'
            tried += 1
    assert tried > 5


async def test_a_key_opens_its_tenants_jobs_alone(
    stranger: httpx.AsyncClient, keys: ApiKeys, store: JobStore, tenant: str
) -> None:
    job = await new_job(store, tenant)
    key, _ = await keys.create(tenant, "", [Scope.JOBS_READ])
    other, _ = await keys.create(f"{tenant}-other", "", [Scope.JOBS_READ])
    mine = await stranger.get("/v1/jobs", headers=bearer(key))
    assert [job.id] == [one["id"] for one in mine.json()["jobs"]]
    theirs = await stranger.get("/v1/jobs", headers=bearer(other))
    assert [] == theirs.json()["jobs"]


@pytest.mark.parametrize(
    "authorization",
    [
        b"Bearer nhk_wrong",
        b"bearer nhk_wrong",
        b"Bearer eyJhbGciOiJub25lIn0.e30.",
        "Bearer é".encode("latin-1"),
    ],
)
async def test_a_wrong_key_is_told_so(stranger: httpx.AsyncClient, authorization: bytes) -> None:
    reply = await stranger.get("/v1/jobs", headers=[(b"Authorization", authorization)])
    assert (reply.status_code, reply.json()["code"]) == (401, "invalid-credentials")
    assert reply.headers["www-authenticate"] == 'Bearer realm="nhance", error="invalid_token"'


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "Basic bmhrX3g6"])
async def test_no_key_is_told_so(stranger: httpx.AsyncClient, authorization: str) -> None:
    reply = await stranger.get("/v1/jobs", headers={"Authorization": authorization})
    assert (reply.status_code, reply.json()["code"]) == (401, "unauthenticated")


async def test_revoked_and_expired_keys_are_wrong(
    stranger: httpx.AsyncClient, keys: ApiKeys, tenant: str
) -> None:
    revoked, kept = await keys.create(tenant, "", [Scope.JOBS_READ])
    expired, _ = await keys.create(tenant, "", [Scope.JOBS_READ], timedelta())
    assert (await stranger.get("/v1/jobs", headers=bearer(revoked))).status_code == 200
    await keys.revoke(kept.id)
    for key in (revoked, expired):
        assert (await stranger.get("/v1/jobs", headers=bearer(key))).status_code == 401


async def test_a_missing_scope_is_named(
    stranger: httpx.AsyncClient, keys: ApiKeys, store: JobStore, tenant: str
) -> None:
    job = await new_job(store, tenant)
    key, _ = await keys.create(tenant, "", [Scope.JOBS_READ])
    reply = await stranger.delete(f"/v1/jobs/{job.id}", headers=bearer(key))
    assert (reply.status_code, reply.json()["code"]) == (403, "missing-scope")
    assert 'error="insufficient_scope", scope="jobs:write"' in reply.headers["www-authenticate"]
    assert (await store.job(job.id)).id == job.id


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/v1/jobs", Scope.JOBS_READ),
        ("HEAD", "/v1/jobs/1/video", Scope.JOBS_READ),
        ("POST", "/v1/jobs", Scope.JOBS_WRITE),
        ("DELETE", "/v1/jobs/1", Scope.JOBS_WRITE),
        ("PATCH", "/v1/anything", Scope.JOBS_WRITE),
        ("GET", "/v1/webhooks/deliveries", Scope.WEBHOOKS),
        ("GET", "/v1/webhooksome", Scope.JOBS_READ),
    ],
)
def test_what_a_request_needs(method: str, path: str, scope: Scope) -> None:
    assert scope == needed_scope(method, path)


def test_who_may_write_may_read_and_no_more() -> None:
    assert grants(frozenset({Scope.JOBS_WRITE}), Scope.JOBS_READ)
    assert not grants(frozenset({Scope.JOBS_READ}), Scope.JOBS_WRITE)
    assert not grants(frozenset({Scope.JOBS_WRITE}), Scope.WEBHOOKS)
    assert not grants(frozenset(), Scope.JOBS_READ)


async def test_guessing_is_throttled_by_address(
    guarded: FastAPI, keys: ApiKeys, tenant: str
) -> None:
    key, _ = await keys.create(tenant, "", [Scope.JOBS_READ])

    async def get(address: str, with_key: str) -> httpx.Response:
        transport = httpx.ASGITransport(guarded, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="https://nhance.test") as client:
            return await client.get("/v1/jobs", headers=bearer(with_key))

    for _ in range(20):
        assert (await get("2001:db8::1", "nhk_wrong")).status_code == 401
    # Neither a wrong nor a right key is looked at now: the answer tells a guesser nothing.
    for address in ("2001:db8::1", "2001:db8::ffff:2"):
        for tried in ("nhk_wrong", key):
            reply = await get(address, tried)
            assert (reply.status_code, reply.json()["code"]) == (429, "too-many-attempts")
            assert 0 < int(reply.headers["retry-after"]) <= 60
    assert (await get("2001:db8:0:1::1", key)).status_code == 200
    assert (await get("192.0.2.1", key)).status_code == 200


@pytest.mark.parametrize(
    ("headers", "cross_site"),
    [
        ({}, False),
        ({"sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "same-site"}, True),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "cross-site", "origin": "https://nhance.test"}, True),
        ({"origin": "https://nhance.test"}, False),
        ({"origin": "https://evil.test"}, True),
        ({"origin": "https://nhance.test:8443"}, True),
        ({"origin": "null"}, True),
    ],
)
def test_what_another_site_sends(headers: dict[str, str], cross_site: bool) -> None:
    assert cross_site == is_cross_site(Headers({"host": "nhance.test", **headers}))


async def test_a_session_cannot_be_ridden_from_another_site(
    stranger: httpx.AsyncClient, keys: ApiKeys, store: JobStore, tenant: str
) -> None:
    job = await new_job(store, tenant)
    _, kept = await keys.create(tenant, "", [Scope.JOBS_WRITE])
    session = await keys.begin_session(kept, timedelta(hours=1))
    assert session is not None
    stranger.cookies.set(COOKIE, session)
    path = f"/v1/jobs/{job.id}"
    evil = {"Origin": "https://evil.test"}
    reply = await stranger.delete(path, headers=evil)
    assert (reply.status_code, reply.json()["code"]) == (403, "forbidden")
    assert (await stranger.get(path)).status_code == 200
    assert (await stranger.delete(path)).status_code == 204


async def test_metrics_are_not_on_the_public_port(stranger: httpx.AsyncClient) -> None:
    assert (await stranger.get("/metrics")).status_code == 404
    assert (await stranger.get("/livez")).status_code == 200


async def test_without_keys_only_this_machine_is_served(
    client: httpx.AsyncClient, app: FastAPI
) -> None:
    app.dependency_overrides.clear()

    async def status(**request: Any) -> int:
        reply = await client.request(**{"method": "GET", "url": "/v1/models", **request})
        return reply.status_code

    assert await status(headers={"Host": "127.0.0.1:8000"}) == 200
    assert await status(headers={"Host": "localhost"}) == 200
    assert await status(headers={"Host": "[::1]:8000"}) == 200
    assert await status(headers={"Host": "rebound.evil.test:8000"}) == 403
    evil = {"Host": "127.0.0.1:8000", "Origin": "https://evil.test"}
    assert await status(method="POST", url="/v1/jobs", headers=evil) == 403


async def test_the_document_names_the_scopes(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    assert {"key", "session"} == set(document["components"]["securitySchemes"])
    jobs = document["paths"]["/v1/jobs"]
    assert {"key": ["jobs:read"]} in jobs["get"]["security"]
    assert {"key": ["jobs:write"]} in jobs["post"]["security"]
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert (path in OPEN) == ("security" not in operation)
            assert path in OPEN or {"401", "403", "429"} <= set(operation["responses"])
