"""Downloads: whole, in ranges, conditional, and with a chunk or two in memory."""

from __future__ import annotations

import random
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from nhance_gateway.download import CHUNK_BYTES
from nhance_kit import keys
from nhance_kit.jobs import Comparison, Job, JobOptions
from nhance_kit.object_reading import RangeStream
from nhance_kit.objects import ObjectStore
from nhance_kit.store import JobStore

from .acting import POSTER, REPORT, finish, new_job

VIDEO = random.Random(2).randbytes(3 * CHUNK_BYTES + 777)
PATHS = ["video", "comparison", "poster", "report"]
COMPARISON = random.Random(3).randbytes(1000)


@pytest.fixture
async def job(store: JobStore, objects: ObjectStore, tenant: str) -> Job:
    job = await new_job(store, tenant, "Ferien ☀.mov")
    await finish(store, objects, job, VIDEO, COMPARISON)
    return await store.job(job.id)


async def test_the_whole_video(client: httpx.AsyncClient, job: Job) -> None:
    response = await client.get(f"/v1/jobs/{job.id}/video")
    assert response.status_code == 200
    assert response.content == VIDEO
    assert job.output is not None
    assert {
        "content-type": "video/mp4",
        "content-length": str(len(VIDEO)),
        "accept-ranges": "bytes",
        "etag": f'"{job.output.sha256}"',
        "x-content-type-options": "nosniff",
        "cache-control": "private, no-cache",
        "content-disposition": 'attachment; filename="Ferien _.enhanced.mp4"; '
        "filename*=UTF-8''Ferien%20%E2%98%80.enhanced.mp4",
    }.items() <= dict(response.headers).items()


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=5-1000000", 5, 1_000_001),
        (f"bytes={CHUNK_BYTES}-", CHUNK_BYTES, len(VIDEO)),
        ("bytes=-100", len(VIDEO) - 100, len(VIDEO)),
        (f"bytes={len(VIDEO) - 1}-999999999", len(VIDEO) - 1, len(VIDEO)),
    ],
)
async def test_a_range(
    client: httpx.AsyncClient, job: Job, header: str, start: int, end: int
) -> None:
    response = await client.get(f"/v1/jobs/{job.id}/video", headers={"Range": header})
    assert response.status_code == 206
    assert f"bytes {start}-{end - 1}/{len(VIDEO)}" == response.headers["content-range"]
    assert str(end - start) == response.headers["content-length"]
    assert VIDEO[start:end] == response.content


async def test_a_range_outside_the_file(client: httpx.AsyncClient, job: Job) -> None:
    headers = {"Range": f"bytes={len(VIDEO)}-"}
    response = await client.get(f"/v1/jobs/{job.id}/video", headers=headers)
    assert (response.status_code, response.json()["code"]) == (416, "range-not-satisfiable")
    assert f"bytes */{len(VIDEO)}" == response.headers["content-range"]


async def test_if_range(client: httpx.AsyncClient, job: Job) -> None:
    etag = (await client.head(f"/v1/jobs/{job.id}/video")).headers["etag"]
    for tag, status in ((etag, 206), ('"other"', 200)):
        headers = {"Range": "bytes=0-9", "If-Range": tag}
        response = await client.get(f"/v1/jobs/{job.id}/video", headers=headers)
        assert status == response.status_code


@pytest.mark.parametrize("path", PATHS)
async def test_if_none_match(client: httpx.AsyncClient, job: Job, path: str) -> None:
    etag = (await client.head(f"/v1/jobs/{job.id}/{path}")).headers["etag"]
    response = await client.get(f"/v1/jobs/{job.id}/{path}", headers={"If-None-Match": etag})
    assert (304, b"", etag) == (response.status_code, response.content, response.headers["etag"])


async def test_head_has_the_headers_alone(client: httpx.AsyncClient, job: Job) -> None:
    response = await client.head(f"/v1/jobs/{job.id}/video", headers={"Range": "bytes=0-1"})
    assert (response.status_code, response.content) == (200, b"")
    assert str(len(VIDEO)) == response.headers["content-length"]
    assert response.headers["content-type"] == "video/mp4"


async def test_the_comparison(client: httpx.AsyncClient, job: Job) -> None:
    response = await client.get(f"/v1/jobs/{job.id}/comparison", headers={"Range": "bytes=1-10"})
    assert (206, COMPARISON[1:11]) == (response.status_code, response.content)
    assert ".comparison.mp4" in response.headers["content-disposition"]


@pytest.mark.parametrize(
    ("path", "content", "media_type", "name"),
    [
        ("poster", POSTER, "image/jpeg", ".poster.jpg"),
        ("report", REPORT, "application/json", ".report.json"),
    ],
)
async def test_what_comes_beside_the_video(
    client: httpx.AsyncClient, job: Job, path: str, content: bytes, media_type: str, name: str
) -> None:
    link = (await client.get(f"/v1/jobs/{job.id}")).json()["links"][path]

    response, head = await client.get(link), await client.head(link)

    assert (200, content) == (response.status_code, response.content)
    assert (200, b"") == (head.status_code, head.content)
    for headers in (response.headers, head.headers):
        assert (media_type, str(len(content))) == (
            headers["content-type"],
            headers["content-length"],
        )
        assert name in headers["content-disposition"]
    assert response.headers["etag"] == head.headers["etag"]


async def test_the_files_of_a_job_have_etags_of_their_own(
    client: httpx.AsyncClient, job: Job
) -> None:
    etags = {(await client.head(f"/v1/jobs/{job.id}/{path}")).headers["etag"] for path in PATHS}

    assert len(PATHS) == len(etags)


async def test_no_comparison_was_asked_for(
    client: httpx.AsyncClient, store: JobStore, objects: ObjectStore, tenant: str
) -> None:
    options = JobOptions.model_validate({"comparison": Comparison.NONE})
    job = await new_job(store, tenant, options=options)
    await finish(store, objects, job, b"video")
    assert (await client.get(f"/v1/jobs/{job.id}/comparison")).status_code == 404
    links = (await client.get(f"/v1/jobs/{job.id}")).json()["links"]
    assert (f"/v1/jobs/{job.id}/video", None) == (links["video"], links["comparison"])


@pytest.mark.parametrize("path", PATHS)
async def test_files_that_are_no_longer_there(
    client: httpx.AsyncClient, objects: ObjectStore, job: Job, path: str
) -> None:
    objects.delete_prefix(keys.job_prefix(job.tenant, job.id))
    response = await client.get(f"/v1/jobs/{job.id}/{path}")
    assert response.status_code == 404
    assert response.json()["detail"] == "This file is no longer there."


@pytest.mark.parametrize("path", PATHS)
async def test_before_and_without_a_result(
    client: httpx.AsyncClient, store: JobStore, tenant: str, path: str
) -> None:
    job = await new_job(store, tenant)
    response = await client.get(f"/v1/jobs/{job.id}/{path}")
    assert (response.status_code, response.json()["code"]) == (409, "conflict")
    assert "not finished yet" in response.json()["detail"]
    await store.cancel(job.id, tenant)
    response = await client.get(f"/v1/jobs/{job.id}/{path}")
    assert (
        response.status_code,
        response.json()["detail"],
    ) == (409, "The job was cancelled, so there is no video.")


async def test_a_client_that_stops_reading_stops_the_fetching(
    app: FastAPI, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One chunk is read for a client that takes one and goes away, and the stream is closed."""
    objects: ObjectStore = app.state.parts.objects
    streams: list[CountedStream] = []

    def counted(key: str, start: int, end: int) -> CountedStream:
        streams.append(CountedStream(objects, key, start, end))
        return streams[-1]

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        if message.get("body"):
            raise OSError

    monkeypatch.setattr(objects, "stream", counted)
    path = f"/v1/jobs/{job.id}/video"
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    await app(scope, receive, send)
    assert streams[0].read_sizes == [CHUNK_BYTES]
    assert streams[0].closed


async def test_a_connection_to_the_store_that_breaks_is_made_anew(
    client: httpx.AsyncClient, app: FastAPI, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects: ObjectStore = app.state.parts.objects
    open_range = objects.open_range
    opened: list[int] = []

    def breaking(key: str, start: int, end: int) -> Any:
        """An answer that ends after 700,000 bytes, the first two times."""
        opened.append(start)
        return open_range(key, start, min(end, start + 700_000) if len(opened) < 3 else end)

    monkeypatch.setattr(objects, "open_range", breaking)
    response = await client.get(f"/v1/jobs/{job.id}/video")
    assert response.content == VIDEO
    assert opened == [0, 700_000, 1_400_000]


class CountedStream(RangeStream):
    """A stream that remembers what was done with it."""

    def __init__(self, store: ObjectStore, key: str, start: int, end: int) -> None:
        super().__init__(store, key, start, end)
        self.read_sizes: list[int] = []
        self.closed = False

    def read(self, size: int) -> bytes:
        data = super().read(size)
        self.read_sizes.append(len(data))
        return data

    def close(self) -> None:
        super().close()
        self.closed = True
