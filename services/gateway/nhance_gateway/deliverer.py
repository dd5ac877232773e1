"""``python -m nhance_gateway.deliverer``: the worker that delivers webhooks.

It is a process of its own, the one with a way out: neither what faces the network nor what opens
strangers' videos needs one.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from importlib.metadata import version

import structlog
from fastapi import FastAPI

from nhance_gateway.outgoing import NotReached, Sender
from nhance_gateway.schemas import JobBody
from nhance_kit.jobs import Job
from nhance_kit.objects import ObjectStore
from nhance_kit.queue import DELIVER
from nhance_kit.settings import Settings
from nhance_kit.store import JobStore
from nhance_kit.webhook_secrets import signature
from nhance_kit.webhooks import Attempt, Delivery, Webhooks
from nhance_kit.worker import Handler, create_worker_app, serve

log = structlog.get_logger()

AT_ONCE = 16
USER_AGENT = f"nhance/{version('nhance-gateway')}"


def create_app(settings: Settings, sender: Sender | None = None) -> FastAPI:
    out = sender or Sender(allow_loopback=settings.webhook_allow_loopback)

    def handlers(store: JobStore, _: ObjectStore) -> Mapping[str, Handler]:
        async def deliver(job_id: str, delivery_id: str, tries: int) -> None:
            await attempt_delivery(store.webhooks, out, delivery_id, tries)

        return {DELIVER: deliver}

    return create_worker_app("webhooks", settings, handlers, AT_ONCE)


async def attempt_delivery(
    webhooks: Webhooks, sender: Sender, delivery_id: str, tries: int
) -> None:
    """Try a delivery once, and queue the next try where it fails; raises Superseded."""
    attempt = await webhooks.begin(delivery_id, tries)
    body = event_body(attempt.delivery, attempt.job)
    headers = signed_headers(attempt, int(time.time()), body)
    status, error = None, None
    try:
        status = await sender.post(attempt.delivery.url, headers, body)
    except NotReached as unreached:
        error = str(unreached)
    await webhooks.attempted(attempt.delivery, status, error)
    log.info("webhook_attempted", status=status, error=error)


def event_body(delivery: Delivery, job: Job) -> bytes:
    """The same bytes at every attempt: a job that has ended does not change."""
    assert job.finished_at is not None, "what is told of a job is its end"
    event = {
        "type": delivery.type,
        "timestamp": job.finished_at.isoformat(),
        "data": JobBody.of(job).model_dump(mode="json"),
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def signed_headers(attempt: Attempt, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers of the Standard Webhooks specification, signed with each secret."""
    delivery_id = attempt.delivery.id
    signatures = [signature(secret, delivery_id, timestamp, body) for secret in attempt.secrets]
    return {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "webhook-id": delivery_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


if __name__ == "__main__":
    settings = Settings()
    serve(create_app(settings), settings)
