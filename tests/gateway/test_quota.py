"""Limits are told with every answer, and kept."""

from __future__ import annotations

import re
from typing import Any

import http_sf
import httpx
import pytest
from fastapi import FastAPI

from nhance_gateway import deps
from nhance_gateway.quota import Quota
from nhance_gateway.settings import GatewaySettings

PER_MINUTE = 5


@pytest.fixture
def gateway_settings(gateway_settings: GatewaySettings) -> GatewaySettings:
    """With a quota that a test can use up."""
    return gateway_settings.model_copy(update={"requests_per_minute": PER_MINUTE})


def parsed(response: httpx.Response, header: str) -> Any:
    return http_sf.parse(response.headers[header].encode(), tltype="list")


async def test_every_answer_tells_what_is_left(client: httpx.AsyncClient) -> None:
    left = []
    for path in ("/v1/models", "/v1/jobs", "/v1/jobs?limit=0", "/v1/jobs/x"):
        response = await client.get(path)
        ((name, parameters),) = parsed(response, "ratelimit-policy")
        assert (name, parameters) == ("requests", {"q": PER_MINUTE, "w": 60})
        ((name, parameters),) = parsed(response, "ratelimit")
        assert name == "requests"
        assert 0 < parameters["t"] <= 60
        left.append(parameters["r"])
    assert left == [4, 3, 2, 1]


async def test_who_asks_too_often_is_told_to_wait(client: httpx.AsyncClient) -> None:
    for _ in range(PER_MINUTE):
        assert (await client.get("/v1/models")).status_code == 200
    response = await client.get("/v1/models")
    assert (response.status_code, response.json()["code"]) == (429, "quota-exceeded")
    assert response.headers["ratelimit"].startswith('"requests";r=0;t=')
    assert 0 < int(response.headers["retry-after"]) <= 60
    assert (await client.get("/livez")).status_code == 200


async def test_tenants_do_not_take_from_each_other(
    client: httpx.AsyncClient, app: FastAPI, tenant: str
) -> None:
    for _ in range(PER_MINUTE + 1):
        last = await client.get("/v1/models")
    assert last.status_code == 429
    app.dependency_overrides[deps.tenant] = lambda: f"{tenant}-other"
    assert (await client.get("/v1/models")).status_code == 200


async def test_there_may_be_no_limit(
    client: httpx.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    object.__setattr__(app.state.parts, "quota", Quota(0))
    for _ in range(PER_MINUTE + 1):
        response = await client.get("/v1/models")
    assert response.status_code == 200
    assert not re.search("ratelimit", str(response.headers), re.IGNORECASE)
