"""Webhooks: a job's end is told to the URL that was named, again and again until it is heard.

A delivery is queued in the transaction that ends its job. It belongs to the job, and goes with it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import uuid4

from procrastinate import App
from psycopg.rows import DictRow

from nhance_kit import queue as tasks
from nhance_kit.database import Connection, Database
from nhance_kit.errors import NotFound, Superseded
from nhance_kit.jobs import Job
from nhance_kit.rows import find_job
from nhance_kit.states import JobState
from nhance_kit.webhook_secrets import signing_secrets

# The schedule that the specification suggests (standardwebhooks.com, "Deliverability and
# reliability"), up to three days: 5 s, 5 and 30 min, 2, 5, 10, 14, 20 and 20 h.
RETRY_AFTER_S = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 72_000)
JITTER = 0.1
# A video that is refused in the answer to its POST leaves no job, and so is not told of: the
# gateway has so long to delete it.
REFUSAL_S = 2.0

OK = range(200, 300)
GONE = 410


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"  # not heard in three days
    GONE = "gone"  # the receiver answered 410, this time or before


@dataclass(frozen=True)
class Delivery:
    """One event on its way to one URL; times are aware and in UTC.

    ``last_status`` is the HTTP status of the last attempt, ``last_error`` says why it has none.
    """

    id: str
    tenant: str
    job_id: str
    type: str
    url: str
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None
    last_attempt_at: datetime | None
    last_status: int | None
    last_error: str | None


@dataclass(frozen=True)
class Attempt:
    """What is needed to try a delivery: ``secrets`` are to sign it, each of them."""

    delivery: Delivery
    job: Job
    secrets: Sequence[str]


def retry_after_s(attempts: int) -> float | None:
    """Seconds until the next try after so many that failed, jittered; None: that was the last."""
    if attempts > len(RETRY_AFTER_S):
        return None
    return RETRY_AFTER_S[attempts - 1] * random.uniform(1 - JITTER, 1 + JITTER)


async def announce(queue: App, connection: Connection, job: Job, state: JobState) -> None:
    """Queue the delivery of a job's end, where a URL was named, within the open transaction."""
    if job.options.callback_url is None:
        return
    delivery_id = uuid4().hex
    await connection.execute(
        "INSERT INTO webhook_deliveries (id, tenant, job_id, type, url, state)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (
            delivery_id,
            job.tenant,
            job.id,
            f"job.{state}",
            str(job.options.callback_url),
            DeliveryState.PENDING,
        ),
    )
    delay_s = REFUSAL_S if state == JobState.FAILED else 0.0
    await _queue(queue, connection, job.id, delivery_id, 0, delay_s)


class Webhooks:
    """The deliveries in PostgreSQL. All methods raise StoreUnavailable."""

    def __init__(self, database: Database, queue: App) -> None:
        self._database = database
        self._queue = queue

    async def begin(self, delivery_id: str, tries: int) -> Attempt:
        """What to try now, after so many attempts.

        Raises Superseded where there is nothing to try: the job was deleted, another task has
        made this attempt, or the receiver is gone.
        """
        async with self._database.transaction() as connection:
            cursor = await connection.execute(
                "SELECT *, EXISTS (SELECT FROM webhooks_gone AS gone WHERE gone.tenant ="
                " webhook_deliveries.tenant AND gone.url = webhook_deliveries.url) AS is_gone"
                " FROM webhook_deliveries WHERE id = %s AND state = %s AND attempts = %s",
                (delivery_id, DeliveryState.PENDING, tries),
            )
            row = await cursor.fetchone()
            job = None if row is None else await find_job(connection, row["job_id"])
            if row is None or job is None:
                raise Superseded("There is nothing to deliver any more.")
            if not row["is_gone"]:
                secrets = await signing_secrets(connection, row["tenant"])
                return Attempt(_delivery_of(row), job, secrets)
            await connection.execute(
                "UPDATE webhook_deliveries SET state = %s, next_attempt_at = NULL WHERE id = %s",
                (DeliveryState.GONE, delivery_id),
            )
        raise Superseded("The receiver said that it is gone.")

    async def attempted(self, delivery: Delivery, status: int | None, error: str | None) -> None:
        """Record an attempt, and queue the next one where it failed; raises Superseded."""
        attempts = delivery.attempts + 1
        delay_s = None
        state = DeliveryState.FAILED
        if status in OK:
            state = DeliveryState.DELIVERED
        elif status == GONE:
            state = DeliveryState.GONE
        elif (delay_s := retry_after_s(attempts)) is not None:
            state = DeliveryState.PENDING
        async with self._database.transaction() as connection:
            cursor = await connection.execute(
                "UPDATE webhook_deliveries SET state = %(state)s, attempts = %(attempts)s,"
                " last_attempt_at = now(), last_status = %(status)s, last_error = %(error)s,"
                " next_attempt_at = now() + %(delay)s"
                " WHERE id = %(id)s AND state = 'pending' AND attempts = %(attempts)s - 1",
                {
                    "state": state,
                    "attempts": attempts,
                    "status": status,
                    "error": error,
                    "delay": None if delay_s is None else timedelta(seconds=delay_s),
                    "id": delivery.id,
                },
            )
            if not cursor.rowcount:
                raise Superseded("The delivery was made elsewhere, or its job deleted.")
            if state == DeliveryState.GONE:
                await connection.execute(
                    "INSERT INTO webhooks_gone (tenant, url) VALUES (%s, %s)"
                    " ON CONFLICT DO NOTHING",
                    (delivery.tenant, delivery.url),
                )
            if delay_s is not None:
                await _queue(
                    self._queue, connection, delivery.job_id, delivery.id, attempts, delay_s
                )

    async def newest(
        self, tenant: str, limit: int, before: tuple[datetime, str] | None = None
    ) -> list[Delivery]:
        """The log, the newest first; ``before`` is the created_at and id of the last one seen."""
        older = "AND (created_at, id) < (%(at)s, %(id)s)" if before else ""
        at, delivery_id = before or (None, None)
        async with self._database.transaction() as connection:
            rows = await connection.execute(
                f"SELECT * FROM webhook_deliveries WHERE tenant = %(tenant)s {older}"
                " ORDER BY created_at DESC, id DESC LIMIT %(limit)s",
                {"tenant": tenant, "at": at, "id": delivery_id, "limit": limit},
            )
            return [_delivery_of(row) async for row in rows]

    async def replay(self, delivery_id: str, tenant: str) -> Delivery:
        """Try a delivery anew, at once, whatever became of it, and its receiver with it.

        Raises NotFound, for another tenant's as well.
        """
        async with self._database.transaction() as connection:
            cursor = await connection.execute(
                "UPDATE webhook_deliveries SET state = %s, attempts = 0, next_attempt_at = now()"
                " WHERE id = %s AND tenant = %s RETURNING *",
                (DeliveryState.PENDING, delivery_id, tenant),
            )
            row = await cursor.fetchone()
            if row is None:
                raise NotFound(f"There is no delivery {delivery_id}.")
            delivery = _delivery_of(row)
            await connection.execute(
                "DELETE FROM webhooks_gone WHERE tenant = %s AND url = %s",
                (tenant, delivery.url),
            )
            await _queue(self._queue, connection, delivery.job_id, delivery.id, 0, 0.0)
            return delivery


async def _queue(
    queue: App, connection: Connection, job_id: str, delivery_id: str, tries: int, delay_s: float
) -> None:
    arguments = {"job_id": job_id, "delivery_id": delivery_id, "tries": tries}
    await tasks.defer(queue, connection, tasks.DELIVER, [arguments], delay_s)


def _delivery_of(row: DictRow) -> Delivery:
    return Delivery(
        id=row["id"],
        tenant=row["tenant"],
        job_id=row["job_id"],
        type=row["type"],
        url=row["url"],
        state=DeliveryState(row["state"]),
        attempts=row["attempts"],
        created_at=row["created_at"],
        next_attempt_at=row["next_attempt_at"],
        last_attempt_at=row["last_attempt_at"],
        last_status=row["last_status"],
        last_error=row["last_error"],
    )
