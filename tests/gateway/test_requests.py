"""Labels, filters, checks without effect, and trying again."""

from __future__ import annotations

import json
from datetime import timedelta

import httpx
import pytest

from nhance_kit import keys
from nhance_kit.errors import DamagedMedia
from nhance_kit.jobs import JobOptions
from nhance_kit.objects import ObjectStore
from nhance_kit.store import JobStore

from .acting import FORM_END, MULTIPART, NOTHING, field, file_head, left_behind, new_job, sent

FILE = {"file": ("a.mp4", b"video")}


async def test_labels_come_back_with_the_job(client: httpx.AsyncClient) -> None:
    labels = {"trip": "Jena, spät", "a/b.c-d_e": ""}
    response = await client.post("/v1/jobs", files=FILE, data={"labels": json.dumps(labels)})
    assert response.status_code == 202, response.text
    assert labels == response.json()["labels"]
    job = (await client.get(response.headers["location"])).json()
    assert labels == job["labels"]


@pytest.mark.parametrize(
    "labels",
    [
        "{",
        "[]",
        '"a"',
        '{"a": 1}',
        '{"": "x"}',
        '{"a:b": "x"}',
        '{"a": "\\u0000"}',
        '{"a": "\\ud800"}',
        json.dumps({"a": "x" * 256}),
        json.dumps({"x" * 64: "a"}),
        json.dumps({str(number): "" for number in range(17)}),
        "[" * 30_000,
    ],
)
async def test_bad_labels_are_refused(
    client: httpx.AsyncClient, objects: ObjectStore, tenant: str, labels: str
) -> None:
    response = await client.post("/v1/jobs", files=FILE, data={"labels": labels})
    assert response.status_code == 400, response.text
    assert all(error["field"].startswith("labels") for error in response.json()["errors"])
    assert left_behind(objects, tenant) == NOTHING


async def test_lists_are_filtered(client: httpx.AsyncClient, store: JobStore, tenant: str) -> None:
    first, second, third = [await new_job(store, tenant) for _ in range(3)]
    await store.cancel(second.id, tenant)
    labelled = await client.post("/v1/jobs", files=FILE, data={"labels": '{"a": "x:y"}'})

    async def found(**query: str | list[str]) -> list[str]:
        response = await client.get("/v1/jobs", params=query)
        assert response.status_code == 200, response.text
        return [job["id"] for job in response.json()["jobs"]]

    new = labelled.json()["id"]
    assert await found(state="cancelled") == [second.id]
    assert await found(state=["cancelled", "queued"]) == [new, third.id, second.id, first.id]
    assert await found(label="a:x:y") == [new]
    assert await found(label=["a:x:y", "b:"]) == []
    after = first.created_at.isoformat()
    assert await found(created_after=after) == [new, third.id, second.id]
    before = third.created_at.replace(tzinfo=None).isoformat()
    assert await found(created_before=before, created_after=after) == [second.id]
    later = (third.created_at + timedelta(days=1)).isoformat()
    assert await found(created_after=later) == []


async def test_filtered_lists_come_in_pages(
    client: httpx.AsyncClient, store: JobStore, tenant: str
) -> None:
    """Every job is there once, though others come in between."""
    cancelled = []
    for number in range(6):
        job = await new_job(store, tenant)
        if number % 2:
            await store.cancel(job.id, tenant)
            cancelled.append(job.id)
    params = {"state": "cancelled", "limit": "1"}
    seen = []
    while True:
        page = (await client.get("/v1/jobs", params=params)).json()
        seen += [job["id"] for job in page["jobs"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
        await store.cancel((await new_job(store, tenant)).id, tenant)
    assert cancelled[::-1] == seen


@pytest.mark.parametrize(
    "params",
    [
        {"state": "done"},
        {"label": "a"},
        {"label": "a:\0"},
        {"created_after": "yesterday"},
        {"created_before": "99999-01-01"},
    ],
)
async def test_bad_filters_are_told(client: httpx.AsyncClient, params: dict[str, str]) -> None:
    response = await client.get("/v1/jobs", params=params)
    assert (response.status_code, response.json()["code"]) == (400, "invalid-request")


async def test_two_values_of_one_label_are_refused(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/jobs", params={"label": ["a:1", "a:2"]})
    assert response.status_code == 400


@pytest.mark.parametrize("files", [FILE, {"file": ("", b"")}])
async def test_a_request_is_checked_without_effect(
    client: httpx.AsyncClient,
    store: JobStore,
    objects: ObjectStore,
    tenant: str,
    files: dict[str, tuple[str, bytes]],
) -> None:
    headers = {"Idempotency-Key": '"a"'}
    for fields, status in (
        ({"crf": "30", "labels": '{"a": "b"}'}, 200),
        ({"crf": "99"}, 400),
        ({"model": "nice"}, 404),
    ):
        if not files["file"][1]:
            request = {"files": {name: (None, value) for name, value in fields.items()}}
        else:
            request = {"files": files, "data": fields}  # type: ignore[dict-item]
        response = await client.post(
            "/v1/jobs?validate_only=true",
            headers=headers,
            **request,  # type: ignore[arg-type]
        )
        assert status == response.status_code, response.text
        if status == 200:
            assert response.json() == {"valid": True}
    assert await store.newest(tenant, 1) == []
    assert left_behind(objects, tenant) == NOTHING


@pytest.mark.parametrize(
    ("container", "codec", "advice"),
    [
        ("webm", None, "choose the codec av1"),
        ("webm", "h264", "choose the codec av1"),
        ("webm", "hevc", "choose the codec av1"),
        ("webm", "av1", None),
        ("mov", "av1", "choose the codec h264 or hevc"),
        ("mov", None, None),
        ("mov", "hevc", None),
        ("mkv", "av1", None),
        ("mp4", "av1", None),
        (None, "av1", None),
    ],
)
async def test_a_codec_that_its_container_cannot_hold_is_refused_beforehand(
    client: httpx.AsyncClient, container: str | None, codec: str | None, advice: str | None
) -> None:
    wanted = {"container": container, "codec": codec}
    fields = {name: value for name, value in wanted.items() if value is not None}
    check = "/v1/jobs?validate_only=true"
    form = await client.post(check, files=FILE, data=fields)
    upload = await client.post(check, json={"upload_id": "0" * 32, **wanted})
    if advice is None:
        assert (200, 404) == (form.status_code, upload.status_code)
        return
    for response in (form, upload):
        assert (400, "invalid-request") == (response.status_code, response.json()["code"])
        (error,) = response.json()["errors"]
        assert "codec" == error["field"]
        assert advice in error["message"]


async def test_the_codec_may_follow_the_file_and_its_container(client: httpx.AsyncClient) -> None:
    order = [field("container", "webm"), file_head(), b"abc\r\n"]
    for more, status in (([field("codec", "av1")], 202), ([], 400)):
        body = sent(*order, *more, FORM_END[2:])
        response = await client.post("/v1/jobs", content=body, headers=MULTIPART)
        assert status == response.status_code, response.text


async def test_a_failed_job_is_tried_again_as_another(
    client: httpx.AsyncClient, store: JobStore, objects: ObjectStore, tenant: str
) -> None:
    options = JobOptions.model_validate({"crf": 30})
    job = await new_job(store, tenant, "walk.mov", options)
    objects.put(keys.source(tenant, job.id), b"abc")
    await store.steps.fail(job.id, DamagedMedia("Cut off."))
    response = await client.post(f"/v1/jobs/{job.id}/retry")
    assert response.status_code == 202, response.text
    again = response.json()
    assert again["id"] != job.id
    assert f"/v1/jobs/{again['id']}" == response.headers["location"]
    assert (again["state"], again["options"]["crf"]) == ("queued", 30)
    assert (again["source"]["name"], again["error"]) == ("walk.mov", None)
    assert objects.get(keys.source(tenant, again["id"])) == b"abc"
    assert (await store.job(job.id)).state == "failed"


async def test_what_has_not_failed_is_not_tried_again(
    client: httpx.AsyncClient, store: JobStore, objects: ObjectStore, tenant: str
) -> None:
    running, cancelled = await new_job(store, tenant), await new_job(store, tenant)
    await store.cancel(cancelled.id, tenant)
    for job in (running, cancelled):
        response = await client.post(f"/v1/jobs/{job.id}/retry")
        assert (response.status_code, response.json()["code"]) == (409, "conflict")
    assert left_behind(objects, tenant) == NOTHING


async def test_without_its_video_a_job_is_not_tried_again(
    client: httpx.AsyncClient, store: JobStore, objects: ObjectStore, tenant: str
) -> None:
    job = await new_job(store, tenant)
    await store.steps.fail(job.id, DamagedMedia("Cut off."))
    response = await client.post(f"/v1/jobs/{job.id}/retry")
    assert (response.status_code, response.json()["code"]) == (409, "conflict")
    assert len(await store.newest(tenant, 5)) == 1
    assert left_behind(objects, tenant) == NOTHING
