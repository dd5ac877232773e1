"""Webhooks from the end of a job to the receiver, who verifies them with the published library."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from nhance_gateway.deliverer import attempt_delivery, create_app, signed_headers
from nhance_gateway.outgoing import Sender
from nhance_kit.errors import DamagedMedia, Superseded
from nhance_kit.jobs import Job, JobOptions
from nhance_kit.objects import ObjectStore
from nhance_kit.settings import Settings
from nhance_kit.store import JobStore
from nhance_kit.webhook_secrets import WebhookSecrets
from nhance_kit.webhooks import RETRY_AFTER_S, Delivery, DeliveryState, Webhooks

from .acting import finish, new_job
from .receiver import Received, Receiver

HERE = Sender(allow_loopback=True)


@pytest.fixture
def webhooks(store: JobStore) -> Webhooks:
    return store.webhooks


async def job_for(store: JobStore, tenant: str, url: str) -> Job:
    options = JobOptions.model_validate({"callback_url": url})
    return await new_job(store, tenant, options=options)


async def ended(store: JobStore, tenant: str, url: str) -> Delivery:
    """The delivery of a job that was cancelled."""
    job = await job_for(store, tenant, url)
    await store.cancel(job.id, tenant)
    (delivery,) = await store.webhooks.newest(tenant, 1)
    assert (job.id, "job.cancelled") == (delivery.job_id, delivery.type)
    return delivery


async def current(webhooks: Webhooks, delivery: Delivery) -> Delivery:
    found = await webhooks.newest(delivery.tenant, 100)
    return next(one for one in found if one.id == delivery.id)


async def queued(store: JobStore, delivery: Delivery) -> list[tuple[int, datetime | None]]:
    """The tries that are in the queue, and when each is due."""
    async with store.database.transaction() as connection:
        cursor = await connection.execute(
            "SELECT (args->>'tries')::int AS tries, scheduled_at FROM procrastinate_jobs"
            " WHERE args->>'delivery_id' = %s AND queue_name = 'webhooks' ORDER BY id",
            (delivery.id,),
        )
        return [(row["tries"], row["scheduled_at"]) async for row in cursor]


async def verified(store: JobStore, tenant: str, received: Received) -> Any:
    secret = (await WebhookSecrets(store.database).of(tenant)).current
    return Webhook(secret).verify(received.body, received.headers)


@pytest.mark.parametrize("kind", ["job.succeeded", "job.failed", "job.cancelled"])
async def test_the_worker_tells_how_a_job_ended(
    settings: Settings, store: JobStore, objects: ObjectStore, tenant: str, kind: str
) -> None:
    app = create_app(settings.model_copy(update={"webhook_allow_loopback": True}))
    with Receiver() as receiver:
        async with app.router.lifespan_context(app):
            job = await job_for(store, tenant, receiver.url)
            if kind == "job.succeeded":
                await finish(store, objects, job, b"enhanced")
            elif kind == "job.failed":
                await store.steps.fail(job.id, DamagedMedia("Frame 17 is cut off."))
            else:
                await store.cancel(job.id, tenant)
            received = await asyncio.to_thread(receiver.received.get, timeout=60)
    event = await verified(store, tenant, received)
    job = await store.job(job.id)
    assert job.finished_at is not None
    assert (kind, job.finished_at) == (event["type"], datetime.fromisoformat(event["timestamp"]))
    assert (job.id, job.state) == (event["data"]["id"], event["data"]["state"])
    assert (kind == "job.failed") == (event["data"]["error"] is not None)
    assert (kind == "job.succeeded") == (event["data"]["output"] is not None)
    (delivery,) = await store.webhooks.newest(tenant, 10)
    assert (DeliveryState.DELIVERED, 1, 204) == (
        delivery.state,
        delivery.attempts,
        delivery.last_status,
    )
    assert delivery.id == received.headers["webhook-id"]


async def test_a_job_without_a_url_is_told_to_nobody(
    store: JobStore, webhooks: Webhooks, tenant: str
) -> None:
    job = await new_job(store, tenant)
    await store.cancel(job.id, tenant)
    assert [] == await webhooks.newest(tenant, 1)


async def test_a_deleted_job_is_told_to_nobody(
    store: JobStore, webhooks: Webhooks, tenant: str
) -> None:
    with Receiver() as receiver:
        delivery = await ended(store, tenant, receiver.url)
        await store.delete(delivery.job_id, tenant)
        with pytest.raises(Superseded):
            await attempt_delivery(webhooks, HERE, delivery.id, 0)
        assert receiver.received.empty()
    assert [] == await webhooks.newest(tenant, 1)


async def test_a_receiver_that_is_down_for_a_day_hears_it_under_the_same_id(
    store: JobStore, webhooks: Webhooks, tenant: str
) -> None:
    with Receiver(503) as receiver:
        delivery = await ended(store, tenant, receiver.url)
        passed = timedelta()
        tries = 0
        while True:
            # The clock is the queue's own: what it has put off is run when it is due.
            due = dict(await queued(store, delivery))
            assert tries in due
            if passed >= timedelta(days=1):
                receiver.status = 200
            await attempt_delivery(webhooks, HERE, delivery.id, tries)
            tries += 1
            now = await current(webhooks, delivery)
            if now.state == DeliveryState.DELIVERED:
                break
            assert (DeliveryState.PENDING, tries, 503) == (now.state, now.attempts, now.last_status)
            assert now.next_attempt_at is not None
            assert now.last_attempt_at is not None
            pause = now.next_attempt_at - now.last_attempt_at
            nominal = timedelta(seconds=RETRY_AFTER_S[tries - 1])
            assert 0.9 * nominal <= pause <= 1.1 * nominal
            scheduled = dict(await queued(store, delivery))[tries]
            assert scheduled is not None
            assert abs(scheduled - now.next_attempt_at) < timedelta(seconds=5)
            passed += pause
        messages = [receiver.received.get(timeout=5) for _ in range(tries)]
    assert timedelta(days=1) <= passed < timedelta(days=2)
    assert {delivery.id} == {message.headers["webhook-id"] for message in messages}
    assert len({message.body for message in messages}) == 1
    for message in messages:
        await verified(store, tenant, message)
    assert tries not in dict(await queued(store, delivery))


async def test_after_three_days_it_is_given_up(
    store: JobStore, webhooks: Webhooks, tenant: str
) -> None:
    delivery = await ended(store, tenant, "http://127.0.0.1:1/")
    tries = 0
    while (await current(webhooks, delivery)).state == DeliveryState.PENDING:
        await attempt_delivery(webhooks, HERE, delivery.id, tries)
        tries += 1
    assert len(RETRY_AFTER_S) + 1 == tries
    assert 2.9 * 86400 < sum(RETRY_AFTER_S) < 3.1 * 86400
    given_up = await current(webhooks, delivery)
    assert (DeliveryState.FAILED, None, None) == (
        given_up.state,
        given_up.next_attempt_at,
        given_up.last_status,
    )
    assert given_up.last_error == "The host takes no connections."


async def test_a_redirect_is_an_answer_like_any_other_that_is_no_success(
    store: JobStore, webhooks: Webhooks, tenant: str
) -> None:
    with Receiver() as target, Receiver(302, {"Location": target.url}) as receiver:
        delivery = await ended(store, tenant, receiver.url)
        await attempt_delivery(webhooks, HERE, delivery.id, 0)
        assert target.received.empty()
    now = await current(webhooks, delivery)
    assert (DeliveryState.PENDING, 302) == (now.state, now.last_status)


async def test_an_attempt_that_is_made_twice_counts_once(
    store: JobStore, webhooks: Webhooks, tenant: str
) -> None:
    with Receiver(500) as receiver:
        delivery = await ended(store, tenant, receiver.url)
        attempt = await webhooks.begin(delivery.id, 0)
        await attempt_delivery(webhooks, HERE, delivery.id, 0)
        with pytest.raises(Superseded):
            await webhooks.attempted(attempt.delivery, 200, None)
        with pytest.raises(Superseded):
            await attempt_delivery(webhooks, HERE, delivery.id, 0)
    assert [0, 1] == [tries for tries, _ in await queued(store, delivery)]


async def test_gone_ends_all_deliveries_until_a_replay(
    store: JobStore, webhooks: Webhooks, client: httpx.AsyncClient, tenant: str
) -> None:
    with Receiver(410) as receiver:
        first = await ended(store, tenant, receiver.url)
        second = await ended(store, tenant, receiver.url)
        await attempt_delivery(webhooks, HERE, first.id, 0)
        with pytest.raises(Superseded):
            await attempt_delivery(webhooks, HERE, second.id, 0)
        for delivery in (first, second):
            assert DeliveryState.GONE == (await current(webhooks, delivery)).state
        assert receiver.received.qsize() == 1

        receiver.status = 200
        reply = await client.post(f"/v1/webhooks/deliveries/{second.id}/replay")
        assert (reply.status_code, reply.json()["state"]) == (202, "pending")
        third = await ended(store, tenant, receiver.url)
        for delivery in (second, third):
            await attempt_delivery(webhooks, HERE, delivery.id, 0)
            assert DeliveryState.DELIVERED == (await current(webhooks, delivery)).state
        ids = [receiver.received.get(timeout=5).headers["webhook-id"] for _ in range(3)]
    assert [first.id, second.id, third.id] == ids


async def test_a_replay_of_what_was_heard_has_the_same_id_and_a_new_time(
    store: JobStore, webhooks: Webhooks, client: httpx.AsyncClient, tenant: str
) -> None:
    with Receiver() as receiver:
        delivery = await ended(store, tenant, receiver.url)
        await attempt_delivery(webhooks, HERE, delivery.id, 0)
        await client.post(f"/v1/webhooks/deliveries/{delivery.id}/replay")
        assert [0, 0] == [tries for tries, _ in await queued(store, delivery)]
        await attempt_delivery(webhooks, HERE, delivery.id, 0)
        first, second = [receiver.received.get(timeout=5) for _ in range(2)]
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body


async def test_the_log_comes_in_pages(
    store: JobStore, client: httpx.AsyncClient, tenant: str
) -> None:
    made = [await ended(store, tenant, f"https://example.com/{number}") for number in range(3)]
    await ended(store, f"{tenant}x", "https://example.com/")
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await client.get("/v1/webhooks/deliveries", params={"limit": 2, **cursor})).json()
        found += [delivery["id"] for delivery in page["deliveries"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert [delivery.id for delivery in reversed(made)] == found
    for unknown in ("0" * 32, "x", "..%2f"):
        reply = await client.post(f"/v1/webhooks/deliveries/{unknown}/replay")
        assert reply.status_code == 404


async def test_a_rotated_secret_signs_beside_the_new_one_for_a_day(
    store: JobStore, webhooks: Webhooks, client: httpx.AsyncClient, tenant: str
) -> None:
    async def secret(method: str = "GET", path: str = "/v1/webhooks/secret") -> dict[str, Any]:
        body: dict[str, Any] = (await client.request(method, path)).json()
        return body

    first = await secret()
    assert first == await secret()
    assert (first["previous"], first["previous_until"]) == (None, None)
    second = await secret("POST", "/v1/webhooks/secret/rotate")
    assert (first["secret"], second) == (second["previous"], await secret())
    left = datetime.fromisoformat(second["previous_until"]) - datetime.now(UTC)
    assert timedelta(hours=23) < left <= timedelta(days=1)

    delivery = await ended(store, tenant, "https://example.com/")
    signed = await webhooks.begin(delivery.id, 0)
    headers = signed_headers(signed, int(time.time()), b"{}")
    for known in (first, second):
        assert Webhook(known["secret"]).verify(b"{}", headers) == {}
    with pytest.raises(WebhookVerificationError):
        Webhook((await secret("POST", "/v1/webhooks/secret/rotate"))["secret"]).verify(
            b"{}", headers
        )

    async with store.database.transaction() as connection:
        await connection.execute(
            "UPDATE webhook_secrets SET previous_until = now() WHERE tenant = %s", (tenant,)
        )
    assert (await secret())["previous"] is None
    assert len((await webhooks.begin(delivery.id, 0)).secrets) == 1


@pytest.mark.parametrize("minutes", [-6, 6])
async def test_what_is_six_minutes_off_is_refused_by_the_verifier(
    store: JobStore, webhooks: Webhooks, tenant: str, minutes: int
) -> None:
    delivery = await ended(store, tenant, "https://example.com/")
    attempt = await webhooks.begin(delivery.id, 0)
    (secret,) = attempt.secrets
    body = json.dumps({"type": "job.cancelled"}).encode()
    now = int(time.time())
    assert Webhook(secret).verify(body, signed_headers(attempt, now, body))
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, signed_headers(attempt, now + 60 * minutes, body))
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body + b" ", signed_headers(attempt, now, body))


async def test_the_document_describes_the_events(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    assert {"job.succeeded", "job.failed", "job.cancelled"} == set(document["webhooks"])
    for event in document["webhooks"].values():
        headers = {parameter["name"] for parameter in event["post"]["parameters"]}
        assert {"webhook-id", "webhook-timestamp", "webhook-signature"} == headers
        schema = event["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert {"$ref": "#/components/schemas/JobEvent"} == schema
