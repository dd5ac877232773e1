"""The OpenAPI document, the page that shows it, and the routes for whoever runs the service."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx
import pytest

COMMITTED = Path(__file__).parents[2] / "clients/openapi.json"


async def test_the_committed_document_is_the_running_apps(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    assert document == json.loads(COMMITTED.read_text()), "run `make clients`"


async def test_clients_find_names_and_no_null_in_urls(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    operations = [
        operation
        for path in (*document["paths"].values(), *document["webhooks"].values())
        for operation in path.values()
    ]
    names = [operation["operationId"] for operation in operations]
    assert sorted(set(names)) == sorted(names)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in names)
    for operation in operations:
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            assert kind == "application/offset+octet-stream" or "$ref" in content["schema"]
        for parameter in operation.get("parameters", []):
            assert {"type": "null"} not in parameter["schema"].get("anyOf", [])
    form = document["components"]["schemas"]["JobForm"]["properties"]
    assert {"$ref": "#/components/schemas/Codec"}.items() <= form["codec"].items()
    assert not any("anyOf" in field for field in form.values())
    poster = document["paths"]["/v1/jobs/{job_id}/poster"]["get"]["responses"]["200"]
    assert list(poster["content"]) == ["image/jpeg"]
    labels = document["components"]["schemas"]["UploadedJobRequest"]["properties"]["labels"]
    assert "patternProperties" not in labels


async def test_the_document_tells_of_the_form_and_of_problems(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert {
        "/v1/jobs",
        "/v1/jobs/{job_id}",
        "/v1/jobs/{job_id}/cancel",
        "/v1/jobs/{job_id}/events",
        "/v1/jobs/{job_id}/retry",
        "/v1/events",
        "/v1/jobs/{job_id}/video",
        "/v1/jobs/{job_id}/comparison",
        "/v1/jobs/{job_id}/poster",
        "/v1/jobs/{job_id}/report",
        "/v1/models",
        "/v1/session",
        "/v1/uploads",
        "/v1/uploads/{upload_id}",
        "/v1/uploads/{upload_id}/parts",
        "/v1/uploads/{upload_id}/complete",
        "/v1/tus",
        "/v1/tus/{upload_id}",
        "/v1/webhooks/deliveries",
        "/v1/webhooks/deliveries/{delivery_id}/replay",
        "/v1/webhooks/secret",
        "/v1/webhooks/secret/rotate",
    } == set(document["paths"])
    post = document["paths"]["/v1/jobs"]["post"]
    assert {"$ref": "#/components/schemas/JobForm"} == post["requestBody"]["content"][
        "multipart/form-data"
    ]["schema"]
    form = document["components"]["schemas"]["JobForm"]
    assert {"file", "model", "strength", "crf", "preset", "comparison"} <= set(form["properties"])
    assert form["required"] == ["file"]
    schemas = set(document["components"]["schemas"])
    report = document["paths"]["/v1/jobs/{job_id}/report"]["get"]["responses"]["200"]["content"]
    assert report["application/json"]["schema"] == {"$ref": "#/components/schemas/Report"}
    used = set(re.findall(r"#/components/schemas/([A-Za-z_-]+)", str(document)))
    assert used <= schemas
    assert not {"HTTPValidationError", "ValidationError"} & schemas
    for path in document["paths"].values():
        for operation in path.values():
            assert operation["summary"]
            assert "application/problem+json" in operation["responses"]["default"]["content"]


@pytest.mark.parametrize(
    ("path", "method", "statuses"),
    [
        ("/v1/jobs", "post", {"202", "409", "429", "503"}),
        ("/v1/uploads", "post", {"409", "429"}),
        ("/v1/tus/{upload_id}", "patch", {"423", "429", "503"}),
        ("/v1/jobs/{job_id}/cancel", "post", {"429"}),
    ],
)
async def test_the_document_tells_which_answers_say_when_to_come_back(
    client: httpx.AsyncClient, path: str, method: str, statuses: set[str]
) -> None:
    document = (await client.get("/openapi.json")).json()
    responses = document["paths"][path][method]["responses"]
    found = {status for status, one in responses.items() if "Retry-After" in one.get("headers", {})}
    assert statuses == found


async def test_the_page_asks_no_third_party(client: httpx.AsyncClient) -> None:
    page = await client.get("/docs")
    assert page.status_code == 200
    assert "script-src 'self';" in page.headers["content-security-policy"]
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(links) == 3
    for link in links:
        assert link.startswith("/docs/")
        assert (await client.get(link)).status_code == 200


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
async def test_health(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 200
