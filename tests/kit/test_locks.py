"""A lock is one holder's, whoever asks, and goes with its process."""

from __future__ import annotations

from collections.abc import AsyncIterator

import psycopg
import pytest
import pytest_asyncio

from nhance_kit.errors import StoreUnavailable
from nhance_kit.locks import Locks
from nhance_kit.settings import Settings


@pytest_asyncio.fixture
async def two(settings: Settings) -> AsyncIterator[tuple[Locks, Locks]]:
    """As two processes have them."""
    locks = (Locks(settings.database_url), Locks(settings.database_url))
    yield locks
    for each in locks:
        await each.close()


async def test_one_holds_it(two: tuple[Locks, Locks], tenant: str) -> None:
    mine, theirs = two
    async with mine.held(tenant) as first:
        async with mine.held(tenant) as again, theirs.held(tenant) as other:
            assert (True, False, False) == (first, again, other)
        async with theirs.held(f"{tenant} too") as unrelated:
            assert unrelated
    async with theirs.held(tenant) as later:
        assert later


async def test_it_goes_with_its_session(
    two: tuple[Locks, Locks], settings: Settings, tenant: str
) -> None:
    mine, theirs = two
    async with mine.held(tenant):
        assert mine._session is not None
        async with await psycopg.AsyncConnection.connect(settings.database_url) as admin:
            await admin.execute(
                "SELECT pg_terminate_backend(%s, 5000)", (mine._session.info.backend_pid,)
            )
        async with theirs.held(tenant) as taken_over:
            assert taken_over
    async with mine.held(f"{tenant} anew") as anew:
        assert anew


async def test_a_silent_database_is_told() -> None:
    locks = Locks("postgresql://127.0.0.1:1/none")
    with pytest.raises(StoreUnavailable):
        async with locks.held("anything"):
            pass
