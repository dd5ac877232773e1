"""What has changed in the jobs, and being told of it at once.

The database itself records every change (see the migration ``changes``). When a job begins, moves
on or is deleted it sends a notification in the same transaction (``told``). Nothing is read from it
but whether it is worth a look; what changed is read from the record. So a notification that was
lost costs a moment and never a change.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection
from dataclasses import dataclass

import psycopg
from psycopg.rows import DictRow

from nhance_kit.database import CONNECT_S, Database
from nhance_kit.errors import StoreUnavailable
from nhance_kit.jobs import Job
from nhance_kit.rows import JOB_COLUMNS, job_of

CHANNEL = "nhance_jobs"
APPLICATION = "nhance listener"
# A connection that is dead and does not know it is found out after so long.
PROBE_EVERY_S = 10.0
PROBE_S = 5.0

HORIZON = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon"


@dataclass(frozen=True)
class Change:
    """A job as it now is; ``job`` is None where it was deleted."""

    job_id: str
    tenant: str
    job: Job | None


@dataclass(frozen=True)
class Changes:
    """All that changed up to ``horizon``; ask on from there.

    The horizon is the oldest transaction that was not over when this was read (PostgreSQL,
    ``pg_snapshot_xmin``). It never falls. Of a change that one is told twice, the latter is true.
    """

    changes: list[Change]
    horizon: int


class ChangeLog:
    """Reads the record of changes. Methods raise StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def horizon(self) -> int:
        """From where on to ask for what happens after this call."""
        async with self._database.transaction() as connection:
            return _horizon(await (await connection.execute(HORIZON)).fetchone())

    async def since(
        self, horizon: int, tenants: Collection[str], job_ids: Collection[str]
    ) -> Changes:
        """What has changed in any job of ``tenants`` and in ``job_ids``, from ``horizon`` on."""
        async with self._database.transaction() as connection:
            # Read before the changes, so that whatever is over by the horizon is among them.
            reached = _horizon(await (await connection.execute(HORIZON)).fetchone())
            rows = await connection.execute(
                f"SELECT {JOB_COLUMNS}, change.job_id AS changed_id,"
                " change.tenant AS changed_tenant"
                " FROM job_changes AS change LEFT JOIN jobs ON jobs.id = change.job_id"
                " WHERE change.changed_in >= %(since)s::xid8"
                " AND (change.tenant = ANY(%(tenants)s) OR change.job_id = ANY(%(ids)s))"
                " ORDER BY change.changed_in",
                {"since": str(horizon), "tenants": list(tenants), "ids": list(job_ids)},
            )
            return Changes([_change(row) async for row in rows], reached)

    async def unfinished(self, tenants: Collection[str], job_ids: Collection[str]) -> list[Change]:
        """The jobs of ``tenants`` and those of ``job_ids`` that have not ended, as they are."""
        async with self._database.transaction() as connection:
            rows = await connection.execute(
                f"SELECT {JOB_COLUMNS} FROM jobs WHERE finished_at IS NULL"
                " AND (tenant = ANY(%s) OR id = ANY(%s))",
                (list(tenants), list(job_ids)),
            )
            found = [job_of(row) async for row in rows]
            return [Change(job.id, job.tenant, job) for job in found]

    async def notifications(self) -> AsyncGenerator[tuple[str, str] | None]:
        """The id and the tenant of each job that moves on, over a connection of its own.

        None comes first, when the connection listens, and again whenever it was found alive after
        a silence. Raises StoreUnavailable when it breaks.
        """
        try:
            async with await psycopg.AsyncConnection.connect(
                self._database.url,
                autocommit=True,
                connect_timeout=CONNECT_S,
                application_name=APPLICATION,
            ) as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                while True:
                    yield None
                    async for notice in connection.notifies(timeout=PROBE_EVERY_S):
                        job_id, _, tenant = notice.payload.partition(" ")
                        yield job_id, tenant
                    async with asyncio.timeout(PROBE_S):
                        await connection.execute("SELECT 1")
        except (psycopg.OperationalError, TimeoutError) as error:
            raise StoreUnavailable(f"The database stopped telling of changes: {error}") from error


def _horizon(row: DictRow | None) -> int:
    assert row is not None, "a function always has a value"
    return int(row["horizon"])


def _change(row: DictRow) -> Change:
    job = None if row["id"] is None else job_of(row)
    return Change(row["changed_id"], row["changed_tenant"], job)
