"""Looking at jobs, listing, cancelling and deleting them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from nhance_kit.errors import DamagedMedia, NotFound, StoreUnavailable
from nhance_kit.objects import ObjectStore
from nhance_kit.pace import LEAST_S
from nhance_kit.store import JobStore, new_job_id

from .acting import cut, finish, new_job

TRACED = {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}


async def test_a_job_is_told_as_it_goes(
    client: httpx.AsyncClient, store: JobStore, tenant: str
) -> None:
    job = await new_job(store, tenant)
    response = await client.get(f"/v1/jobs/{job.id}")
    body = response.json()
    assert (body["state"], body["media"], body["started_at"]) == ("queued", None, None)
    assert response.headers["retry-after"] == "2"
    assert body["progress"]["stage"] == "waiting"
    assert body["progress"]["queue_position"] is not None
    await cut(store, job)
    await store.steps.batch_begun(job.id, 1)
    await asyncio.sleep(LEAST_S)
    await store.steps.frames_done(job.id, 1, 17)
    await store.steps.batch_done(job.id, 0, 60, [])
    await store.steps.pin(job.id, 3, "an encoder")
    body = (await client.get(f"/v1/jobs/{job.id}")).json()
    progress = body["progress"]
    assert progress["frames_per_second"] > 0
    assert progress["seconds_left"] >= 0
    assert {
        "stage": "enhancing",
        "frames_done": 77,
        "frames_total": 102,
        "batches_done": 1,
        "batches_total": 2,
        "queue_position": None,
    }.items() <= progress.items()
    assert (
        body["state"],
        body["model_version"],
        body["warnings"],
    ) == ("enhancing", 3, ["a warning"])
    assert body["media"] == {"width": 1280, "height": 720}
    here = f"/v1/jobs/{job.id}"
    links = {"self": here, "events": f"{here}/events", "video": None, "comparison": None}
    assert links.items() <= body["links"].items()


async def test_a_finished_job_links_to_its_files(
    client: httpx.AsyncClient, store: JobStore, objects: ObjectStore, tenant: str
) -> None:
    job = await new_job(store, tenant)
    output = await finish(store, objects, job, b"enhanced")
    response = await client.get(f"/v1/jobs/{job.id}")
    body = response.json()
    assert "retry-after" not in response.headers
    assert {"extension": "mp4", "bytes": 8, "sha256": output.sha256} == body["output"]
    here = f"/v1/jobs/{job.id}"
    assert {
        "self": here,
        "video": f"{here}/video",
        "comparison": f"{here}/comparison",
    }.items() <= body["links"].items()


async def test_a_failed_job_tells_why(
    client: httpx.AsyncClient, store: JobStore, tenant: str
) -> None:
    job = await new_job(store, tenant)
    await store.steps.fail(job.id, DamagedMedia("Frame 17 is cut off."))
    body = (await client.get(f"/v1/jobs/{job.id}")).json()
    assert body["state"] == "failed"
    assert {
        "type": "/problems/damaged-media",
        "title": "The video file is damaged",
        "status": 422,
        "detail": "Frame 17 is cut off.",
        "code": "damaged-media",
    }.items() <= body["error"].items()


async def test_jobs_come_in_pages(client: httpx.AsyncClient, store: JobStore, tenant: str) -> None:
    ids = [(await new_job(store, tenant)).id for _ in range(5)]
    await new_job(store, tenant + "x")
    found: list[str] = []
    params: dict[str, str | int] = {"limit": 2}
    pages = 0
    while True:
        page = (await client.get("/v1/jobs", params=params)).json()
        found += [job["id"] for job in page["jobs"]]
        pages += 1
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    assert (3, ids[::-1]) == (pages, found)


@pytest.mark.parametrize(
    "params",
    [
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "x"},
        {"cursor": "!"},
        {"cursor": "ä"},
        {"cursor": "YWJj"},
        {"cursor": "x" * 300},
        {"cursor": "MjAyNi0wMS0wMSBhYg=="},
    ],
)
async def test_bad_parameters_are_listed(client: httpx.AsyncClient, params: dict[str, str]) -> None:
    response = await client.get("/v1/jobs", params=params)
    assert (response.status_code, response.json()["code"]) == (400, "invalid-request")
    assert list(params) == [error["field"] for error in response.json()["errors"]]


async def test_a_job_is_cancelled_once(
    client: httpx.AsyncClient, store: JobStore, tenant: str
) -> None:
    job = await new_job(store, tenant)
    response = await client.post(f"/v1/jobs/{job.id}/cancel")
    assert (response.status_code, response.json()["state"]) == (200, "cancelled")
    response = await client.post(f"/v1/jobs/{job.id}/cancel")
    assert (response.status_code, response.json()["code"]) == (409, "conflict")
    assert "it is cancelled" in response.json()["detail"]


async def test_a_deleted_job_is_gone(
    client: httpx.AsyncClient, store: JobStore, tenant: str
) -> None:
    job = await new_job(store, tenant)
    response = await client.delete(f"/v1/jobs/{job.id}")
    assert (response.status_code, response.content) == (204, b"")
    with pytest.raises(NotFound):
        await store.job(job.id)
    assert (await client.delete(f"/v1/jobs/{job.id}")).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/cancel"),
        ("GET", "/events"),
        ("GET", "/video"),
        ("HEAD", "/video"),
        ("GET", "/comparison"),
        ("HEAD", "/comparison"),
    ],
)
async def test_another_tenants_job_is_unknown(
    client: httpx.AsyncClient,
    store: JobStore,
    objects: ObjectStore,
    tenant: str,
    method: str,
    path: str,
) -> None:
    other = await new_job(store, tenant + "x")
    await finish(store, objects, other, b"video", b"comparison")
    unknown = new_job_id()
    answers = [
        await client.request(method, f"/v1/jobs/{job_id}{path}", headers=TRACED)
        for job_id in (other.id, unknown)
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].text.replace(other.id, unknown) == answers[1].text
    assert other.id == (await store.job(other.id)).id


@pytest.mark.parametrize("job_id", ["1", "%00", "..%2f..", "x" * 32, "A" * 32, "%F0%9F%98%80"])
async def test_what_can_be_no_id_is_unknown(client: httpx.AsyncClient, job_id: str) -> None:
    response = await client.get(f"/v1/jobs/{job_id}")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


async def test_models_are_listed_from_the_directory(
    client: httpx.AsyncClient, servables_dir: Path
) -> None:
    unknown: dict[str, object] = {"labels": {}, "canary_share": 0.0, "input": None, "speed": None}
    assert (await client.get("/v1/models")).json()["models"] == [
        {"name": "dped", "versions": [1], "default": False, **unknown},
        {"name": "look", "versions": [2, 10], "default": True, **unknown},
    ]
    for path, text in (
        ("look/2", '{"input": "An older one.", "speed": "slow"}'),
        ("look/10", '{"input": "Any frames.", "speed": "live", "multiply_adds": 298}'),
        ("dped/1", '{"speed": "warp"}'),
    ):
        folder = servables_dir / path / "assets.extra"
        folder.mkdir()
        (folder / "nhance.json").write_text(text)
    assert (await client.get("/v1/models")).json()["models"] == [
        {"name": "dped", "versions": [1], "default": False, **unknown},
        {
            "name": "look",
            "versions": [2, 10],
            "default": True,
            "labels": {},
            "canary_share": 0.0,
            "input": "Any frames.",
            "speed": "live",
        },
    ]


async def test_a_labelled_version_is_the_jobs_from_its_beginning(
    client: httpx.AsyncClient, servables_dir: Path
) -> None:
    async def posted(**fields: str) -> httpx.Response:
        return await client.post("/v1/jobs", files={"file": b"abc"}, data=fields)

    assert (await posted()).json()["model_version"] is None
    assert (await posted(model_label="canary")).status_code == 404
    assert (await posted(model_label="newest")).status_code == 400

    labels = servables_dir / "look" / "labels.json"
    labels.write_text('{"stable": 2, "canary": 10}')
    assert (await posted()).json()["model_version"] == 2
    assert (await posted(model_label="canary")).json()["model_version"] == 10
    (_, look) = (await client.get("/v1/models")).json()["models"]
    assert look["labels"] == {"stable": 2, "canary": 10}

    labels.write_text('{"stable": 3}')
    assert (await posted()).json()["model_version"] is None
    labels.write_text("{")
    assert (await posted()).status_code == 503


async def test_the_chosen_version_says_what_its_batches_cost(
    client: httpx.AsyncClient, servables_dir: Path, store: JobStore
) -> None:
    async def queue(**fields: str) -> str:
        posted = await client.post("/v1/jobs", files={"file": b"abc"}, data=fields)
        job_id = posted.json()["id"]
        await store.steps.ingest_started(job_id)
        await store.steps.batches_cut(job_id, {}, [10], [])
        async with store.database.pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT queue_name FROM procrastinate_jobs"
                " WHERE task_name = 'enhance' AND args->>'job_id' = %s",
                (job_id,),
            )
            (row,) = await cursor.fetchall()
            return str(row["queue_name"])

    assert "enhance" == await queue(), "nothing is said of any version"
    about = servables_dir / "look/10/assets.extra/nhance.json"
    about.parent.mkdir()
    about.write_text('{"speed": "live"}')
    assert "enhance-light" == await queue()
    (servables_dir / "look/labels.json").write_text('{"stable": 2, "canary": 10}')
    assert "enhance" == await queue()
    assert "enhance-light" == await queue(model_label="canary")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v2", 404, "not-found"),
        ("PUT", "/v1/jobs", 405, "method-not-allowed"),
        ("GET", "/docs/assets/../../app.py", 404, "not-found"),
    ],
)
async def test_what_there_is_not_is_a_problem_too(
    client: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    response = await client.request(method, path)
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert ("about:blank", status, code) == (problem["type"], problem["status"], problem["code"])


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/jobs", "GET, POST"),
        ("OPTIONS", f"/v1/jobs/{32 * '0'}", "GET, DELETE"),
        ("PATCH", f"/v1/jobs/{32 * '0'}/video", "GET, HEAD"),
        ("PUT", "/v1/session", "POST, DELETE"),
    ],
)
async def test_405_names_the_methods_of_all_routes(
    client: httpx.AsyncClient, method: str, path: str, allowed: str
) -> None:
    response = await client.request(method, path)
    assert (405, allowed) == (response.status_code, response.headers["allow"])


async def test_a_database_that_does_not_answer_is_a_503(
    client: httpx.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise StoreUnavailable("host=10.1.2.3 password=secret")

    monkeypatch.setattr(app.state.parts.store, "newest", broken)
    response = await client.get("/v1/jobs")
    assert response.status_code == 503
    assert response.headers["retry-after"] == "5"
    assert "secret" not in response.text


async def test_what_was_not_foreseen_is_told_without_details(
    client: httpx.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(app.state.parts.store, "newest", broken)
    response = await client.get("/v1/jobs")
    assert (response.status_code, response.json()["code"]) == (500, "internal")
    assert "secret" not in response.text
    assert response.headers["x-frame-options"] == "DENY"
