"""Locks among all processes, held by one session of PostgreSQL: they go when their process dies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import psycopg

from nhance_kit.database import CONNECT_S
from nhance_kit.errors import StoreUnavailable


class Locks:
    """Any number of locks for one connection, which is made when the first one is asked for.

    A lock is lost unnoticed when the database restarts: what it guards must stay whole then.
    """

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._session: psycopg.AsyncConnection | None = None
        self._one_at_a_time = asyncio.Lock()
        self._held: set[str] = set()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    @asynccontextmanager
    async def held(self, name: str) -> AsyncIterator[bool]:
        """Whether the lock was to be had; it is held until the block ends. Nobody waits.

        Raises StoreUnavailable.
        """
        # A session gets a lock again that it has already.
        if name in self._held:
            yield False
            return
        self._held.add(name)
        try:
            got = await self._ask("pg_try_advisory_lock", name)
            try:
                yield got
            finally:
                if got:
                    with suppress(StoreUnavailable):
                        await asyncio.shield(self._ask("pg_advisory_unlock", name))
        finally:
            self._held.discard(name)

    async def _ask(self, function: str, name: str) -> bool:
        async with self._one_at_a_time:
            try:
                if self._session is None or self._session.closed:
                    self._session = await psycopg.AsyncConnection.connect(
                        self._database_url, autocommit=True, connect_timeout=CONNECT_S
                    )
                cursor = await self._session.execute(
                    f"SELECT {function}(hashtextextended(%s, 0))", (name,)
                )
                row = await cursor.fetchone()
            except psycopg.OperationalError as error:
                if self._session is not None:
                    await self._session.close()
                raise StoreUnavailable(f"The database did not answer: {error}") from error
        return row is not None and bool(row[0])
