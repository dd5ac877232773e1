from __future__ import annotations

import httpx
import pytest

from .servables import Running


@pytest.fixture
def http(shared: Running) -> httpx.Client:
    return httpx.Client(base_url=f"http://127.0.0.1:{shared.server.rest_port}")


@pytest.mark.parametrize("path", ["/v1/models/tiny", "/v1/models/tiny/versions/1"])
def test_status(http: httpx.Client, path: str) -> None:
    with http:
        reply = http.get(path)
    assert reply.status_code == 200
    expected = {
        "version": "1",
        "state": "AVAILABLE",
        "status": {"error_code": "OK", "error_message": ""},
    }
    assert {"model_version_status": [expected]} == reply.json()


@pytest.mark.parametrize(
    "path", ["/v1/models/tiny/metadata", "/v1/models/tiny/versions/1/metadata"]
)
def test_metadata(http: httpx.Client, path: str) -> None:
    with http:
        reply = http.get(path).json()
    assert reply["model_spec"] == {"name": "tiny", "signature_name": "", "version": "1"}
    look = reply["metadata"]["signature_def"]["signature_def"]["look"]
    assert look["outputs"]["look"]["dtype"] == "DT_FLOAT"
    assert [dim["size"] for dim in look["outputs"]["look"]["tensor_shape"]["dim"]] == ["-1", "2"]


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        ("/v1/models/nope", 404, "Could not find any versions of model nope"),
        ("/v1/models/tiny/versions/7", 404, "Could not find version 7 of model tiny"),
        ("/v1/models/tiny/labels/x", 400, "Unrecognized servable version label: x"),
        ("/v1/models/nope/metadata", 404, "Servable not found for request: Latest(nope)"),
        ("/v1/models/tiny/labels/x/metadata", 400, "Unrecognized servable version label: x"),
    ],
)
def test_errors(http: httpx.Client, path: str, status: int, error: str) -> None:
    with http:
        reply = http.get(path)
    assert (status, {"error": error}) == (reply.status_code, reply.json())


def test_probes(http: httpx.Client) -> None:
    with http:
        assert http.get("/livez").status_code == 200
        assert http.get("/readyz").status_code == 200
