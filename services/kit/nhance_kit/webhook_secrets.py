"""The secrets that sign webhooks, one a tenant, and two while one takes the other's place.

They are kept as they are: whoever signs needs the secret itself. https://www.standardwebhooks.com
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import DictRow

from nhance_kit.database import Connection, Database

PREFIX = "whsec_"
SECRET_BYTES = 32  # of the 24 to 64 that the specification asks for
OVERLAP = timedelta(days=1)


@dataclass(frozen=True)
class Secrets:
    """A tenant's secret and, until ``previous_until``, the one before it."""

    current: str
    created_at: datetime
    previous: str | None
    previous_until: datetime | None


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The symmetric signature, version 1, of the Standard Webhooks specification."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


async def signing_secrets(connection: Connection, tenant: str) -> list[str]:
    """What signs a tenant's messages now, the newest first."""
    found = await _secrets(connection, tenant)
    return [found.current, *([] if found.previous is None else [found.previous])]


class WebhookSecrets:
    """The secrets in PostgreSQL. All methods raise StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, tenant: str) -> Secrets:
        """A tenant's secrets; the first is made when it is asked for."""
        async with self._database.transaction() as connection:
            return await _secrets(connection, tenant)

    async def rotate(self, tenant: str) -> Secrets:
        """A new secret; the one that it replaces signs for a day beside it."""
        async with self._database.transaction() as connection:
            await _secrets(connection, tenant)
            cursor = await connection.execute(
                "UPDATE webhook_secrets SET secret = %s, created_at = now(),"
                " previous = secret, previous_until = now() + %s WHERE tenant = %s RETURNING *",
                (new_secret(), OVERLAP, tenant),
            )
            row = await cursor.fetchone()
            assert row is not None, "it was made above"
            return _secrets_of(row)


async def _secrets(connection: Connection, tenant: str) -> Secrets:
    await connection.execute(
        "INSERT INTO webhook_secrets (tenant, secret) VALUES (%s, %s) ON CONFLICT DO NOTHING",
        (tenant, new_secret()),
    )
    cursor = await connection.execute(
        "SELECT tenant, secret, created_at,"
        " CASE WHEN previous_until > now() THEN previous END AS previous,"
        " CASE WHEN previous_until > now() THEN previous_until END AS previous_until"
        " FROM webhook_secrets WHERE tenant = %s",
        (tenant,),
    )
    row = await cursor.fetchone()
    assert row is not None, "it was made above"
    return _secrets_of(row)


def _secrets_of(row: DictRow) -> Secrets:
    return Secrets(row["secret"], row["created_at"], row["previous"], row["previous_until"])
