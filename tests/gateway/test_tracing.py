"""The trace id of a request is in its problem and in its log."""

from __future__ import annotations

import re

import httpx
import pytest
import structlog
from fastapi import FastAPI
from starlette.datastructures import Headers
from structlog.testing import LogCapture

from nhance_gateway import creation
from nhance_gateway.tracing import trace_id_of

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


@pytest.mark.parametrize(
    ("traceparent", "expected"),
    [
        (PARENT, TRACE),
        (f"cc-{TRACE}-00f067aa0ba902b7-01-what-the-future-will-be-like", TRACE),
        (f"{PARENT}-more", None),
        (f"ff-{TRACE}-00f067aa0ba902b7-01", None),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        (f"00-{TRACE.upper()}-00f067aa0ba902b7-01", None),
        (f"00-{TRACE}-00f067aa0ba902b7", None),
        ("", None),
    ],
)
def test_a_valid_traceparent_is_taken_up(traceparent: str, expected: str | None) -> None:
    assert expected == trace_id_of(Headers({"traceparent": traceparent}))


def test_two_traceparents_are_none() -> None:
    raw = [(b"traceparent", PARENT.encode())] * 2
    assert trace_id_of(Headers(raw=raw)) is None


async def test_a_problem_names_its_trace(client: httpx.AsyncClient) -> None:
    for path in ("/v1/jobs/x", "/v1/jobs?limit=0", "/nowhere"):
        response = await client.get(path, headers={"traceparent": PARENT})
        assert TRACE == response.json()["trace_id"]
    made = [(await client.get("/v1/jobs/x")).json()["trace_id"] for _ in range(2)]
    assert made[0] != made[1]
    assert all(re.fullmatch("[0-9a-f]{32}", trace_id) for trace_id in made)


async def test_what_breaks_is_found_by_its_trace(
    client: httpx.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(app.state.parts.store, "newest", broken)
    response = await client.get("/v1/jobs", headers={"traceparent": PARENT})
    assert (500, TRACE) == (response.status_code, response.json()["trace_id"])


async def test_every_line_of_the_log_names_the_trace(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = LogCapture()
    # A logger of its own: one that another test has used keeps the processors it had then.
    log = structlog.wrap_logger(None, processors=[structlog.contextvars.merge_contextvars, lines])
    monkeypatch.setattr(creation, "log", log)
    headers = {"traceparent": PARENT}
    response = await client.post("/v1/jobs", files={"file": b"abc"}, headers=headers)
    assert response.status_code == 202
    created = [line for line in lines.entries if line["event"] == "job_created"]
    assert [TRACE] == [line["trace_id"] for line in created]
