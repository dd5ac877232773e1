"""Idempotency keys: a request that is sent again has its effect once, and its first answer again.

After draft-ietf-httpapi-idempotency-key-header-07. A key is *claimed* while its request is being
carried out, by a lease that is renewed; so one whose gateway died is free again after LEASE_S. It
is *bound* to a job, or an upload, in the transaction that makes it, and thus never made twice. The
answer is kept for KEPT_H hours. A request that failed had no effect, and its key is free again.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from uuid import uuid4

from psycopg.types.json import Jsonb

from nhance_kit.database import Connection, Database
from nhance_kit.errors import Conflict

LEASE_S = 30.0
KEPT_H = 24
PURGED_AT_ONCE = 100


class KeyInUse(Conflict):
    """The first request with this Idempotency-Key is still being carried out. Wait for its end."""

    code = "idempotency-key-in-use"
    title = "A request with this key is under way"
    retry_after_s = 2


@dataclass(frozen=True)
class Answer:
    """An answer over HTTP; ``body`` is JSON."""

    status: int
    headers: dict[str, str]
    body: str


@dataclass(frozen=True)
class Claim:
    """The right to carry a request out. Where ``made`` is known, its effect was had already.

    That is the id of a job or of an upload; the database calls it job_id.
    """

    tenant: str
    key: str
    token: str
    fingerprint: str | None
    made: str | None


@dataclass(frozen=True)
class Earlier:
    """What the first request with a key was answered, and the fingerprint that it had."""

    fingerprint: str
    answer: Answer


class IdempotencyKeys:
    """The keys of every tenant, in PostgreSQL. Methods raise StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, tenant: str, key: str) -> Claim | Earlier:
        """Take a key, unless it has an answer; raises KeyInUse while another has it."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "DELETE FROM idempotency_keys WHERE (tenant, key) IN"
                " (SELECT tenant, key FROM idempotency_keys"
                " WHERE created_at < now() - make_interval(hours => %s) AND lease_until < now()"
                " ORDER BY created_at LIMIT %s FOR UPDATE SKIP LOCKED)",
                (KEPT_H, PURGED_AT_ONCE),
            )
            token = uuid4().hex
            cursor = await connection.execute(
                "INSERT INTO idempotency_keys AS known (tenant, key, token, lease_until)"
                " VALUES (%(tenant)s, %(key)s, %(token)s, now() + make_interval(secs => %(lease)s))"
                " ON CONFLICT (tenant, key) DO UPDATE"
                " SET token = excluded.token, lease_until = excluded.lease_until"
                " WHERE known.answer IS NULL AND known.lease_until < now()"
                " RETURNING fingerprint, job_id",
                {"tenant": tenant, "key": key, "token": token, "lease": LEASE_S},
            )
            if (row := await cursor.fetchone()) is not None:
                return Claim(tenant, key, token, row["fingerprint"], row["job_id"])
            cursor = await connection.execute(
                "SELECT fingerprint, answer FROM idempotency_keys WHERE tenant = %s AND key = %s",
                (tenant, key),
            )
            row = await cursor.fetchone()
            if row is None or row["answer"] is None:
                raise KeyInUse("The first request with this key is still being carried out.")
            return Earlier(row["fingerprint"], Answer(**row["answer"]))

    async def renew(self, claim: Claim) -> None:
        """Keep a claim for another LEASE_S."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "UPDATE idempotency_keys SET lease_until = now() + make_interval(secs => %s)"
                " WHERE tenant = %s AND key = %s AND token = %s",
                (LEASE_S, claim.tenant, claim.key, claim.token),
            )

    async def keep(self, claim: Claim, answer: Answer) -> None:
        """End a claim with the answer that every later request gets."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "UPDATE idempotency_keys SET answer = %s, lease_until = now()"
                " WHERE tenant = %s AND key = %s AND token = %s",
                (Jsonb(asdict(answer)), claim.tenant, claim.key, claim.token),
            )

    async def let_go(self, claim: Claim) -> None:
        """End a claim that has no answer.

        The key is free again if the request had no effect, or if what it made is gone; else the
        next request with the key goes on with what there is.
        """
        mine = "tenant = %s AND key = %s AND token = %s AND answer IS NULL"
        values = (claim.tenant, claim.key, claim.token)
        async with self._database.transaction() as connection:
            await connection.execute(
                f"DELETE FROM idempotency_keys WHERE {mine}"
                " AND (job_id IS NULL OR job_id NOT IN"
                " (SELECT id FROM jobs UNION ALL SELECT id FROM uploads))",
                values,
            )
            await connection.execute(
                f"UPDATE idempotency_keys SET lease_until = now() WHERE {mine}", values
            )


async def bind(connection: Connection, claim: Claim, fingerprint: str, made: str) -> None:
    """Record what a claim leads to, in the transaction that makes it; raises KeyInUse if lost."""
    cursor = await connection.execute(
        "UPDATE idempotency_keys SET fingerprint = %s, job_id = %s"
        " WHERE tenant = %s AND key = %s AND token = %s",
        (fingerprint, made, claim.tenant, claim.key, claim.token),
    )
    if cursor.rowcount == 0:
        raise KeyInUse("Another request with this key took over while this one was held up.")
