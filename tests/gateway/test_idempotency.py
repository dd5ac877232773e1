"""A request that is sent again has its effect once, and its first answer again."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from nhance_gateway.idempotent import key_of
from nhance_gateway.settings import GatewaySettings
from nhance_kit import keys
from nhance_kit.errors import NhanceError, NoVideo, StoreUnavailable
from nhance_kit.idempotency import Claim, Earlier, IdempotencyKeys, KeyInUse
from nhance_kit.objects import ObjectStore
from nhance_kit.store import JobStore

from .acting import (
    FORM_END,
    MULTIPART,
    NOTHING,
    fail_next,
    field,
    file_head,
    left_behind,
    next_job,
    sent,
)

KEY = {"Idempotency-Key": '"8e03978e-40d5-43e8-bc93-6894a57f9324"'}


async def post(client: httpx.AsyncClient, video: bytes = b"video", **fields: str) -> httpx.Response:
    return await client.post("/v1/jobs", files={"file": ("a.mp4", video)}, data=fields, headers=KEY)


async def lapse(store: JobStore, tenant: str) -> None:
    """What the time does to the claims of a gateway that died."""
    async with store.database.transaction() as connection:
        await connection.execute(
            "UPDATE idempotency_keys SET lease_until = now() - interval '1 second'"
            " WHERE tenant = %s",
            (tenant,),
        )


@pytest.mark.parametrize(
    "header", ["8e03", '"8e03', "", '""', '"a", "b"', "5", ":YWJj:", '"ä"', f'"{"x" * 256}"']
)
async def test_what_is_no_string_is_refused(client: httpx.AsyncClient, header: str) -> None:
    response = await client.post(
        "/v1/jobs", files={"file": b"x"}, headers=[(b"Idempotency-Key", header.encode())]
    )
    assert (response.status_code, response.json()["code"]) == (400, "invalid-request")
    assert ["Idempotency-Key"] == [error["field"] for error in response.json()["errors"]]


def test_a_key_is_the_string_between_the_quotes() -> None:
    assert key_of('"a \\"b\\""') == 'a "b"'
    assert key_of(None) is None


async def test_the_first_answer_is_given_again(
    client: httpx.AsyncClient, store: JobStore, objects: ObjectStore, tenant: str
) -> None:
    first = await post(client, crf="30")
    job = await next_job(store, tenant)
    await store.cancel(job.id, tenant)
    again = await post(client, crf="30")
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.content == again.content
    assert first.headers["location"] == again.headers["location"] == f"/v1/jobs/{job.id}"
    assert [job.id] == [found.id for found in await store.newest(tenant, 5)]
    assert ([keys.source(tenant, job.id)], []) == left_behind(objects, tenant)


@pytest.mark.parametrize(
    ("video", "fields"), [(b"other", {}), (b"video", {"crf": "30"}), (b"", {}), (b"video ", {})]
)
async def test_another_request_is_refused(
    client: httpx.AsyncClient, store: JobStore, tenant: str, video: bytes, fields: dict[str, str]
) -> None:
    assert (await post(client)).status_code == 202
    response = await post(client, video, **fields)
    assert response.status_code == 422
    assert response.json()["code"] in ("idempotency-key-reused", "no-video")
    assert len(await store.newest(tenant, 5)) == 1


async def test_a_hundred_at_once_give_one_job(
    client: httpx.AsyncClient, store: JobStore, objects: ObjectStore, tenant: str
) -> None:
    answers = await asyncio.gather(*(post(client) for _ in range(100)))
    (job,) = await store.newest(tenant, 5)
    made = [answer for answer in answers if answer.status_code == 202]
    assert {answer.json()["id"] for answer in made} == {job.id}
    assert {answer.status_code for answer in answers} <= {202, 409}
    refused = {answer.json()["code"] for answer in answers if answer.status_code == 409}
    assert refused <= {"idempotency-key-in-use"}
    assert ([keys.source(tenant, job.id)], []) == left_behind(objects, tenant)


async def test_a_second_one_while_the_first_is_sent_is_refused(
    client: httpx.AsyncClient,
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def body() -> Any:
        yield file_head()
        begun.set()
        await go_on.wait()
        yield b"video" + FORM_END

    slow = asyncio.create_task(
        client.post("/v1/jobs", content=body(), headers={**MULTIPART, **KEY})
    )
    await begun.wait()
    response = await post(client)
    go_on.set()
    assert (response.status_code, response.json()["code"]) == (409, "idempotency-key-in-use")
    assert response.headers["retry-after"] == "2"
    assert (await slow).status_code == 202


async def test_a_request_that_failed_leaves_its_key_free(
    client: httpx.AsyncClient, store: JobStore, tenant: str
) -> None:
    assert (await post(client, crf="99")).status_code == 400
    assert (await post(client, b"")).status_code == 422
    assert (await post(client)).status_code == 202


async def test_a_refused_video_leaves_its_key_free(
    client: httpx.AsyncClient, gateway_settings: GatewaySettings, store: JobStore, tenant: str
) -> None:
    gateway_settings.ingest_wait_s = 10
    ingest = asyncio.create_task(fail_next(store, tenant, NoVideo("It is a song.")))
    assert (await post(client)).status_code == 422
    await ingest
    gateway_settings.ingest_wait_s = 0
    assert (await post(client, b"another")).status_code == 202


async def test_a_gateway_that_died_before_there_was_a_job_frees_its_key_in_time(
    client: httpx.AsyncClient, app: FastAPI, store: JobStore, tenant: str
) -> None:
    idempotency: IdempotencyKeys = app.state.parts.idempotency
    await idempotency.claim(tenant, KEY["Idempotency-Key"].strip('"'))
    assert (await post(client)).status_code == 409
    await lapse(store, tenant)
    assert (await post(client)).status_code == 202


async def test_a_gateway_that_died_after_it_made_the_job_made_the_only_one(
    client: httpx.AsyncClient,
    app: FastAPI,
    store: JobStore,
    tenant: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(*_: object) -> None:
        raise StoreUnavailable("gone")

    with monkeypatch.context() as patch:
        patch.setattr(app.state.parts.idempotency, "keep", broken)
        patch.setattr(app.state.parts.idempotency, "let_go", broken)
        assert (await post(client)).status_code == 503
    (job,) = await store.newest(tenant, 5)
    assert (await post(client)).status_code == 409
    await lapse(store, tenant)
    assert (await post(client, b"other")).status_code == 422
    again = await post(client)
    assert (again.status_code, again.json()["id"]) == (202, job.id)
    assert [job.id] == [found.id for found in await store.newest(tenant, 5)]


async def test_a_gateway_that_was_held_up_makes_no_second_job(
    client: httpx.AsyncClient, store: JobStore, objects: ObjectStore, tenant: str
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def body() -> Any:
        yield file_head()
        begun.set()
        await go_on.wait()
        yield b"video" + FORM_END

    slow = asyncio.create_task(
        client.post("/v1/jobs", content=body(), headers={**MULTIPART, **KEY})
    )
    await begun.wait()
    await lapse(store, tenant)
    quick = await post(client)
    go_on.set()
    late = await slow
    assert (quick.status_code, late.status_code) == (202, 409)
    assert [quick.json()["id"]] == [job.id for job in await store.newest(tenant, 5)]
    assert ([keys.source(tenant, quick.json()["id"])], []) == left_behind(objects, tenant)


async def test_claims_are_of_one_tenant_and_expire(store: JobStore, tenant: str) -> None:
    idempotency = IdempotencyKeys(store.database)
    claim = await idempotency.claim(tenant, "a")
    assert isinstance(claim, Claim)
    assert isinstance(await idempotency.claim(tenant + "x", "a"), Claim)
    with pytest.raises(KeyInUse):
        await idempotency.claim(tenant, "a")
    await lapse(store, tenant)
    await idempotency.renew(claim)
    with pytest.raises(KeyInUse):
        await idempotency.claim(tenant, "a")
    async with store.database.transaction() as connection:
        await connection.execute(
            "UPDATE idempotency_keys SET created_at = now() - interval '25 hours',"
            ' answer = \'{"status": 202, "headers": {}, "body": ""}\', fingerprint = \'f\''
            " WHERE tenant = %s",
            (tenant,),
        )
    assert isinstance(await idempotency.claim(tenant, "a"), Earlier)
    await lapse(store, tenant)
    anew = await idempotency.claim(tenant, "a")
    assert isinstance(anew, Claim)
    assert (anew.fingerprint, anew.made) == (None, None)


async def test_nothing_of_a_request_stays_where_its_key_cannot_be_bound(
    client: httpx.AsyncClient,
    objects: ObjectStore,
    store: JobStore,
    tenant: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise NhanceError("broke")

    monkeypatch.setattr("nhance_gateway.orders.bind", broken)
    assert (await post(client)).status_code == 500
    assert await store.newest(tenant, 1) == []
    assert left_behind(objects, tenant) == NOTHING


async def test_fields_in_another_order_are_the_same_request(client: httpx.AsyncClient) -> None:
    one, other = field("crf", "30"), field("strength", "1")
    file = file_head() + b"video\r\n"
    answers = [
        await client.post("/v1/jobs", content=sent(*parts), headers={**MULTIPART, **KEY})
        for parts in (
            [one, other, file, FORM_END[2:]],
            [file, other, one, FORM_END[2:]],
        )
    ]
    assert answers[0].status_code == 202
    assert answers[0].content == answers[1].content


async def test_an_upload_is_begun_once(
    client: httpx.AsyncClient,
    app: FastAPI,
    store: JobStore,
    tenant: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def begin(size: int = 7) -> Coroutine[Any, Any, httpx.Response]:
        return client.post("/v1/uploads", json={"name": "a.mp4", "bytes": size}, headers=KEY)

    with monkeypatch.context() as failing:
        failing.setattr(app.state.parts.idempotency, "keep", unavailable)
        assert 503 == (await begin()).status_code
    (made,) = await uploads_of(store, tenant)
    answers = [await begin(), await begin()]
    for answer in answers:
        assert (201, made) == (answer.status_code, answer.json()["id"])
        assert f"/v1/uploads/{made}" == answer.headers["location"]
    other = await begin(8)
    assert (422, "idempotency-key-reused") == (other.status_code, other.json()["code"])
    assert [made] == await uploads_of(store, tenant)


async def unavailable(*_: object) -> None:
    raise StoreUnavailable("gone")


async def uploads_of(store: JobStore, tenant: str) -> list[str]:
    async with store.database.transaction() as connection:
        cursor = await connection.execute("SELECT id FROM uploads WHERE tenant = %s", (tenant,))
        return [row["id"] for row in await cursor.fetchall()]
