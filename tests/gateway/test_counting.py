"""Requests are counted, by method and by how they were answered."""

from __future__ import annotations

import httpx
import pytest
from prometheus_client import REGISTRY


@pytest.mark.parametrize(
    ("method", "path", "label", "status"),
    [
        ("GET", "/v1/models", "GET", "200"),
        ("GET", "/v1/jobs/nothing", "GET", "404"),
        ("POST", "/v1/jobs", "POST", "415"),
        ("BREW", "/v1/jobs", "other", "405"),
    ],
)
async def test_a_request_is_counted_once(
    client: httpx.AsyncClient, method: str, path: str, label: str, status: str
) -> None:
    def counted() -> tuple[float, float]:
        requests = {"method": label, "status": status}
        return (
            REGISTRY.get_sample_value("nhance_http_requests_total", requests) or 0,
            REGISTRY.get_sample_value("nhance_http_answer_seconds_count", {"method": label}) or 0,
        )

    before = counted()
    response = await client.request(method, path)

    assert status == str(response.status_code)
    assert (before[0] + 1, before[1] + 1) == counted()


async def test_the_clusters_own_questions_do_not_count(client: httpx.AsyncClient) -> None:
    def counted() -> float:
        found = REGISTRY.get_sample_value(
            "nhance_http_requests_total", {"method": "GET", "status": "200"}
        )
        return found or 0

    before = counted()
    for path in ("/livez", "/readyz", "/metrics"):
        assert 200 == (await client.get(path)).status_code
    assert before == counted()
