"""API keys: 256 random bits each, of which only the SHA-256 is kept.

A session of the web page is a key as well: it lives for hours, and goes with the key that it was
made from, its parent.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from psycopg.rows import DictRow

from nhance_kit.database import Database
from nhance_kit.errors import NotFound

PREFIX = "nhk_"
KEY_BYTES = 32
NO_DIGEST = bytes(hashlib.sha256().digest_size)

# A tenant's name begins the keys of its objects.
_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")


class Scope(StrEnum):
    """What a key lets its holder do."""

    JOBS_READ = "jobs:read"
    JOBS_WRITE = "jobs:write"
    WEBHOOKS = "webhooks"


@dataclass(frozen=True)
class ApiKey:
    """What is known of a key; times are aware and in UTC."""

    id: str
    tenant: str
    name: str
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    is_session: bool


def new_key() -> str:
    """A key nobody has: ``nhk_`` and 256 random bits in base64url (RFC 4648 §5)."""
    return PREFIX + secrets.token_urlsafe(KEY_BYTES)


def digest_of(key: str) -> bytes:
    """SHA-256. No salt and no stretching: there is no guessing 256 random bits."""
    return hashlib.sha256(key.encode()).digest()


def id_of(digest: bytes) -> str:
    """What a key is called in lists and logs: its digest's first 64 bits, in hex."""
    return digest.hex()[:16]


def is_tenant(name: str) -> bool:
    """Whether ``name`` can be a tenant's: letters, digits, ``_``, ``.``, ``-``, up to 63."""
    return _TENANT.fullmatch(name) is not None


class ApiKeys:
    """The keys in PostgreSQL. All methods raise StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(
        self,
        tenant: str,
        name: str,
        scopes: Collection[Scope],
        lasting: timedelta | None = None,
    ) -> tuple[str, ApiKey]:
        """A new key, and what is kept of it. The key itself can't be had a second time."""
        assert is_tenant(tenant), "whoever takes the name of a tenant in has checked it"
        key = new_key()
        digest = digest_of(key)
        async with self._database.transaction() as connection:
            cursor = await connection.execute(
                "INSERT INTO api_keys (id, digest, tenant, name, scopes, expires_at)"
                " VALUES (%s, %s, %s, %s, %s, now() + %s) RETURNING *",
                (id_of(digest), digest, tenant, name, sorted(scopes), lasting),
            )
            row = await cursor.fetchone()
            assert row is not None
            return key, _key_of(row)

    async def listed(self) -> list[ApiKey]:
        """All keys but sessions, by tenant, the oldest first."""
        async with self._database.transaction() as connection:
            rows = await connection.execute(
                "SELECT * FROM api_keys WHERE parent IS NULL ORDER BY tenant, created_at, id"
            )
            return [_key_of(row) async for row in rows]

    async def revoke(self, key_id: str) -> None:
        """Forget a key and its sessions; raises NotFound."""
        async with self._database.transaction() as connection:
            cursor = await connection.execute("DELETE FROM api_keys WHERE id = %s", (key_id,))
            if not cursor.rowcount:
                raise NotFound(f"There is no key {key_id}.")

    async def find(self, key: str) -> ApiKey | None:
        """What is kept of a key that is valid now. That it was used is noted once a minute."""
        digest = digest_of(key)
        async with self._database.transaction() as connection:
            cursor = await connection.execute(
                "SELECT *, coalesce(last_used_at < now() - interval '1 minute', true) AS unnoted"
                " FROM api_keys WHERE id = %s AND coalesce(expires_at > now(), true)",
                (id_of(digest),),
            )
            row = await cursor.fetchone()
            kept = NO_DIGEST if row is None else row["digest"]
            if not hmac.compare_digest(digest, kept) or row is None:
                return None
            if row["unnoted"]:
                await connection.execute(
                    "UPDATE api_keys SET last_used_at = now() WHERE id = %s", (row["id"],)
                )
            return _key_of(row)

    async def begin_session(self, parent: ApiKey, lasting: timedelta) -> str | None:
        """A key with its parent's rights, for a while; None where the parent is just revoked."""
        key = new_key()
        digest = digest_of(key)
        async with self._database.transaction() as connection:
            await connection.execute(
                "DELETE FROM api_keys WHERE parent IS NOT NULL AND expires_at < now()"
            )
            cursor = await connection.execute(
                "INSERT INTO api_keys (id, digest, tenant, name, scopes, parent, expires_at)"
                " SELECT %(id)s, %(digest)s, tenant, name, scopes, id,"
                " least(expires_at, now() + %(lasting)s)"
                " FROM api_keys WHERE id = %(parent)s FOR KEY SHARE",
                {
                    "id": id_of(digest),
                    "digest": digest,
                    "lasting": lasting,
                    "parent": parent.id,
                },
            )
            return key if cursor.rowcount else None

    async def end_session(self, key: str) -> None:
        """Forget a session; nothing else is ended by it, and none that has ended is missed."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "DELETE FROM api_keys WHERE digest = %s AND id = %s AND parent IS NOT NULL",
                (digest_of(key), id_of(digest_of(key))),
            )


def _key_of(row: DictRow) -> ApiKey:
    return ApiKey(
        id=row["id"],
        tenant=row["tenant"],
        name=row["name"],
        scopes=frozenset(map(Scope, row["scopes"])),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        last_used_at=row["last_used_at"],
        is_session=row["parent"] is not None,
    )
