"""PostgreSQL as the stores use it: a pool of connections, and its silence in nhance's terms."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

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
            configure=_commit_each_statement,
            check=AsyncConnectionPool.check_connection,
            open=False,
        )

    async def open(self) -> None:
        await self.pool.open(wait=True, timeout=30)

    async def close(self) -> None:
        await self.pool.close()

    @asynccontextmanager
    async def transaction(self, *, pipelined: bool = False) -> AsyncIterator[Connection]:
        """Commits at the end of the block; an exception that leaves it rolls back.

        If ``pipelined``, statements go to the server without waiting for their results, up to the
        first result that is read: what a statement changed is known from its RETURNING alone, and
        its error comes with the next result, or at the end.
        """
        try:
            async with (
                self.pool.connection() as connection,
                connection.pipeline() if pipelined else nullcontext(),
                connection.transaction(),
            ):
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


async def _commit_each_statement(connection: Connection) -> None:
    """Outside of transactions; so the queue's single statements are one trip to the server each."""
    await connection.set_autocommit(True)
