"""PostgreSQL as the stores use it: a pool of connections, and its silence in nhance's terms."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from nhance_kit.errors import StoreUnavailable

Connection = psycopg.AsyncConnection[DictRow]
CONNECT_S = 5


class Database:
    """A pool. What is done with it raises StoreUnavailable where PostgreSQL does not answer."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            url,
            kwargs={"row_factory": dict_row, "connect_timeout": CONNECT_S},
            min_size=1,
            max_size=8,
            timeout=10,
            check=AsyncConnectionPool.check_connection,
            open=False,
        )

    async def open(self) -> None:
        await self.pool.open(wait=True, timeout=30)

    async def close(self) -> None:
        await self.pool.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Commits at the end of the block; an exception that leaves it rolls back."""
        try:
            async with self.pool.connection() as connection, connection.transaction():
                yield connection
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise StoreUnavailable(f"The database did not answer: {error}") from error

    async def check(self) -> None:
        """Raise StoreUnavailable unless the database answers."""
        async with self.transaction() as connection:
            await connection.execute("SELECT 1")

    @asynccontextmanager
    async def elected(self, duty: str) -> AsyncIterator[bool]:
        """True for one caller at a time, of all processes; the others need not wait."""
        async with self.transaction() as connection:
            cursor = await connection.execute(
                "SELECT pg_try_advisory_xact_lock(hashtext(%s)) AS elected", (duty,)
            )
            row = await cursor.fetchone()
            yield row is not None and bool(row["elected"])
