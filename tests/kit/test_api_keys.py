"""API keys: what is kept of them, and how long they count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from nhance_kit.api_keys import ApiKeys, Scope, digest_of, is_tenant, new_key
from nhance_kit.errors import NotFound
from nhance_kit.store import JobStore


@pytest.fixture
def keys(store: JobStore) -> ApiKeys:
    return ApiKeys(store.database)


async def aged(store: JobStore, key_id: str, column: str, by: timedelta) -> None:
    """Move a moment of a key into the past."""
    async with store.database.transaction() as connection:
        await connection.execute(
            f"UPDATE api_keys SET {column} = {column} - %s WHERE id = %s", (by, key_id)
        )


async def test_a_key_is_found_and_never_kept(store: JobStore, keys: ApiKeys, tenant: str) -> None:
    key, kept = await keys.create(tenant, "laptop", [Scope.JOBS_READ])
    found = await keys.find(key)
    assert found is not None
    assert (tenant, "laptop", frozenset({Scope.JOBS_READ})) == (
        found.tenant,
        found.name,
        found.scopes,
    )
    async with store.database.transaction() as connection:
        cursor = await connection.execute("SELECT * FROM api_keys WHERE id = %s", (kept.id,))
        row = await cursor.fetchone()
    assert row is not None
    assert digest_of(key) == row["digest"]
    assert key.removeprefix("nhk_") not in str(row)


def test_keys_are_long_and_differ() -> None:
    made = {new_key() for _ in range(100)}
    assert len(made) == 100
    assert {"nhk_"} == {key[:4] for key in made}
    assert {4 + 43} == {len(key) for key in made}  # 256 bits, six to a character


async def test_what_was_never_made_is_not_found(keys: ApiKeys, tenant: str) -> None:
    key, _ = await keys.create(tenant, "", [Scope.JOBS_READ])
    for wrong in (new_key(), key[:-1], f"{key}x", key.upper(), "", "nhk_", "é"):
        assert await keys.find(wrong) is None


async def test_a_digest_that_only_begins_alike_is_not_found(
    store: JobStore, keys: ApiKeys, tenant: str
) -> None:
    key, kept = await keys.create(tenant, "", [Scope.JOBS_READ])
    other = digest_of(key)[:8] + bytes(24)
    async with store.database.transaction() as connection:
        await connection.execute("UPDATE api_keys SET digest = %s WHERE id = %s", (other, kept.id))
    assert await keys.find(key) is None


async def test_a_key_expires(store: JobStore, keys: ApiKeys, tenant: str) -> None:
    key, kept = await keys.create(tenant, "", [Scope.JOBS_READ], timedelta(days=30))
    assert kept.expires_at is not None
    assert timedelta(days=30) == kept.expires_at - kept.created_at
    assert await keys.find(key) is not None
    await aged(store, kept.id, "expires_at", timedelta(days=30))
    assert await keys.find(key) is None


async def test_a_revoked_key_takes_its_sessions_along(keys: ApiKeys, tenant: str) -> None:
    key, kept = await keys.create(tenant, "", [Scope.JOBS_READ])
    session = await keys.begin_session(kept, timedelta(hours=1))
    assert session is not None
    assert await keys.find(session) is not None
    await keys.revoke(kept.id)
    assert [None, None] == [await keys.find(key), await keys.find(session)]
    assert await keys.begin_session(kept, timedelta(hours=1)) is None
    with pytest.raises(NotFound):
        await keys.revoke(kept.id)


async def test_a_session_has_its_keys_rights_and_no_longer_life(keys: ApiKeys, tenant: str) -> None:
    _, kept = await keys.create(tenant, "", [Scope.WEBHOOKS], timedelta(hours=1))
    session = await keys.begin_session(kept, timedelta(hours=12))
    assert session is not None
    found = await keys.find(session)
    assert found is not None
    assert (kept.tenant, kept.scopes, kept.expires_at, True) == (
        found.tenant,
        found.scopes,
        found.expires_at,
        found.is_session,
    )


async def test_sessions_end_and_are_not_listed(store: JobStore, keys: ApiKeys, tenant: str) -> None:
    key, kept = await keys.create(tenant, "", [Scope.JOBS_READ])
    session = await keys.begin_session(kept, timedelta(hours=1))
    assert session is not None
    assert [kept.id] == [one.id for one in await keys.listed() if one.tenant == tenant]
    await keys.end_session(key)
    assert await keys.find(key) is not None, "a key is no session"
    await keys.end_session(session)
    await keys.end_session(session)
    assert await keys.find(session) is None


async def test_use_is_noted_once_a_minute(store: JobStore, keys: ApiKeys, tenant: str) -> None:
    key, kept = await keys.create(tenant, "", [Scope.JOBS_READ])

    async def noted() -> datetime | None:
        (one,) = [one for one in await keys.listed() if one.id == kept.id]
        return one.last_used_at

    assert await noted() is None
    await keys.find(key)
    first = await noted()
    assert first is not None
    await keys.find(key)
    assert first == await noted()
    await aged(store, kept.id, "last_used_at", timedelta(minutes=2))
    await keys.find(key)
    again = await noted()
    assert again is not None
    assert first < again <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("name", "fine"),
    [
        ("local", True),
        ("Acme-2.eu_1", True),
        ("a" * 63, True),
        ("a" * 64, False),
        ("", False),
        (".", False),
        ("../a", False),
        ("a/b", False),
        ("a b", False),
        ("ä", False),
        ("a\n", False),
    ],
)
def test_names_of_tenants(name: str, fine: bool) -> None:
    assert fine == is_tenant(name)
