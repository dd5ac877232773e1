"""Uploads in PostgreSQL: each method is one transaction, with the task that follows from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection

from procrastinate import App
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from nhance_kit import queue as tasks
from nhance_kit.database import Connection, Database
from nhance_kit.errors import Conflict, NhanceError, NotFound, Superseded
from nhance_kit.uploads import Upload, UploadState, Way

_COLUMNS = "*, expires_at <= now() AS expired"
LAST_BYTES_S = 300.0  # within which a request that was under way has stored what it had


class UploadStore:
    """Reached as ``JobStore.uploads``; raises StoreUnavailable where PostgreSQL does not answer."""

    def __init__(self, database: Database, queue: App) -> None:
        self._transaction = database.transaction
        self._queue = queue

    async def create(
        self,
        tenant: str,
        upload_id: str,
        way: Way,
        *,
        name: str,
        size: int,
        sha256: str | None,
        part_bytes: int,
        s3_upload_id: str,
        metadata: str = "",
        keep_s: float,
        also: Callable[[Connection], Awaitable[None]] | None = None,
    ) -> Upload:
        """A new upload; ``also`` is done in the same transaction."""
        async with self._transaction() as connection:
            cursor = await connection.execute(
                "INSERT INTO uploads (id, tenant, way, name, bytes, sha256, state, part_bytes,"
                " s3_upload_id, metadata, expires_at)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, now() + %s * interval '1 second')"
                f" RETURNING {_COLUMNS}",
                (
                    upload_id,
                    tenant,
                    way,
                    name,
                    size,
                    sha256,
                    UploadState.UPLOADING,
                    part_bytes,
                    s3_upload_id,
                    metadata,
                    keep_s,
                ),
            )
            row = await cursor.fetchone()
            assert row is not None
            if also is not None:
                await also(connection)
            return _upload_of(row)

    async def get(self, upload_id: str, tenant: str | None = None) -> Upload:
        """One upload, expired or not; raises NotFound, for another tenant's as well."""
        async with self._transaction() as connection:
            cursor = await connection.execute(
                f"SELECT {_COLUMNS} FROM uploads WHERE id = %s", (upload_id,)
            )
            row = await cursor.fetchone()
        if row is None or (tenant is not None and row["tenant"] != tenant):
            raise NotFound("There is no such upload.")
        return _upload_of(row)

    async def keep(self, upload_id: str, keep_s: float) -> None:
        """Put the end of an unfinished upload off: its client is at work."""
        async with self._transaction() as connection:
            await connection.execute(
                "UPDATE uploads SET expires_at = now() + %s * interval '1 second'"
                " WHERE id = %s AND state = %s",
                (keep_s, upload_id, UploadState.UPLOADING),
            )

    async def received(self, upload_id: str, before: int, after: int, keep_s: float) -> None:
        """Acknowledge bytes; raises Conflict if somebody else did, or the upload is gone."""
        async with self._transaction() as connection:
            cursor = await connection.execute(
                "UPDATE uploads SET received = %s, expires_at = now() + %s * interval '1 second'"
                " WHERE id = %s AND received = %s AND state = %s",
                (after, keep_s, upload_id, before, UploadState.UPLOADING),
            )
            if cursor.rowcount == 0:
                raise Conflict("The upload was deleted, or went on elsewhere.")

    async def verify(self, upload_id: str, sha256: str | None = None) -> None:
        """Have an upload verified whose parts are all there; asking twice changes nothing."""
        async with self._transaction() as connection:
            cursor = await connection.execute(
                "UPDATE uploads SET state = %s, sha256 = coalesce(%s, sha256)"
                " WHERE id = %s AND state = %s",
                (UploadState.VERIFYING, sha256, upload_id, UploadState.UPLOADING),
            )
            if cursor.rowcount:
                await tasks.defer(
                    self._queue, connection, tasks.VERIFY_UPLOAD, [{"upload_id": upload_id}]
                )

    async def verifying(self, upload_id: str) -> Upload:
        """The upload that a task is to verify; raises Superseded if there is nothing to do."""
        try:
            upload = await self.get(upload_id)
        except NotFound as error:
            raise Superseded("The upload was deleted.") from error
        if upload.state != UploadState.VERIFYING:
            raise Superseded(f"The upload is {upload.state}.")
        return upload

    async def verified(self, upload_id: str, sha256: str, keep_s: float) -> None:
        """The upload is whole, and jobs may use it until it expires."""
        async with self._transaction() as connection:
            await connection.execute(
                "UPDATE uploads SET state = %s, sha256 = %s, received = bytes,"
                " expires_at = now() + %s * interval '1 second' WHERE id = %s AND state = %s",
                (UploadState.COMPLETE, sha256, keep_s, upload_id, UploadState.VERIFYING),
            )

    async def fail(self, upload_id: str, error: NhanceError) -> None:
        """The upload can't be used; its bytes go, and what was wrong is told until it expires."""
        async with self._transaction() as connection:
            cursor = await connection.execute(
                "UPDATE uploads SET state = %s, error = %s WHERE id = %s AND state = %s"
                " RETURNING id, tenant",
                (
                    UploadState.FAILED,
                    Jsonb({"code": error.code, "status": error.status, "detail": str(error)}),
                    upload_id,
                    UploadState.VERIFYING,
                ),
            )
            await self._discard(connection, await cursor.fetchall())

    async def delete(self, upload_id: str, tenant: str) -> None:
        """Forget an upload; raises NotFound. A task deletes what is stored of it."""
        async with self._transaction() as connection:
            cursor = await connection.execute(
                "DELETE FROM uploads WHERE id = %s AND tenant = %s RETURNING id, tenant",
                (upload_id, tenant),
            )
            gone = await cursor.fetchall()
            if not gone:
                raise NotFound("There is no such upload.")
            await self._discard(connection, gone)

    async def delete_expired(self) -> int:
        """Forget all uploads that have expired; returns how many."""
        async with self._transaction() as connection:
            cursor = await connection.execute(
                "DELETE FROM uploads WHERE expires_at <= now() RETURNING id, tenant"
            )
            gone = await cursor.fetchall()
            await self._discard(connection, gone)
            return len(gone)

    async def owned(self, s3_upload_ids: Collection[str]) -> set[str]:
        """Those of the object store's uploads in parts that belong to an upload here."""
        async with self._transaction() as connection:
            cursor = await connection.execute(
                "SELECT s3_upload_id FROM uploads WHERE s3_upload_id = ANY(%s)",
                (list(s3_upload_ids),),
            )
            return {row["s3_upload_id"] async for row in cursor}

    async def _discard(self, connection: Connection, rows: list[DictRow]) -> None:
        if rows:
            arguments = [{"upload_id": row["id"], "tenant": row["tenant"]} for row in rows]
            for delay_s in (0.0, LAST_BYTES_S):
                await tasks.defer(self._queue, connection, tasks.DISCARD_UPLOAD, arguments, delay_s)


def _upload_of(row: DictRow) -> Upload:
    return Upload(**{**row, "way": Way(row["way"]), "state": UploadState(row["state"])})
