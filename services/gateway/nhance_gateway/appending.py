"""Bytes added to a tus upload: streamed into the parts of an S3 upload, acknowledged as stored.

A part that is full is stored as a part; what is left of a request at its end, too short for one,
as an object of its own, the tail. What is acknowledged is in PostgreSQL, which the store never
falls behind: bytes are stored first. A process killed in between has stored more than it
acknowledged, and the next request stores the same part again, or a tail that begins the same.

In memory are the part that fills up and the one being stored.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

import structlog

from nhance_gateway.deps import Parts
from nhance_gateway.errors import WrongChecksum
from nhance_gateway.tus_headers import Checksum
from nhance_gateway.upload import too_large
from nhance_kit import keys
from nhance_kit.errors import NhanceError
from nhance_kit.uploads import Upload

log = structlog.get_logger()


class Appending:
    """The body of one PATCH on its way; nobody else may be at the same upload meanwhile.

    However the ``async with`` ends, what came is kept, unless a checksum was announced and does
    not match: then nothing of it is.
    """

    def __init__(self, app: Parts, upload: Upload, checksum: Checksum | None) -> None:
        self.settled = asyncio.Event()
        self._app = app
        self._upload = upload
        self._checksum = checksum
        self._key = keys.upload(upload.tenant, upload.id)
        self._tail_key = keys.upload_tail(upload.tenant, upload.id)
        self._buffer = bytearray()
        self._came = upload.received
        # In parts; the buffer begins where they end.
        self._stored = upload.received - upload.received % upload.part_bytes
        self._acknowledged = upload.received
        self._storing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        tail = self._upload.received - self._stored
        if tail:
            self._buffer += await asyncio.to_thread(
                self._app.objects.get_range, self._tail_key, 0, tail
            )
        self._app.unsettled.add(self)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        putting_away = asyncio.create_task(self._put_away(whole=error is None))
        putting_away.add_done_callback(lambda _: self._settle())
        try:
            await asyncio.shield(putting_away)
        except NhanceError as later:
            if error is None:
                raise
            log.warning("bytes_lost", upload_id=self._upload.id, reason=str(later))

    async def write(self, data: memoryview) -> None:
        """Append; returns once there is room for more. Raises TooLarge and StoreUnavailable."""
        if self._came + len(data) > self._upload.bytes:
            raise too_large(self._upload.bytes)
        self._came += len(data)
        if self._checksum is not None:
            self._checksum.digest.update(data)
        while data:
            room = self._upload.part_bytes - len(self._buffer)
            self._buffer += data[:room]
            data = data[room:]
            if len(self._buffer) == self._upload.part_bytes:
                await self._send()

    async def _send(self) -> None:
        """Hand the buffer over to be stored as a part, when the part before is."""
        await self._last_stored()
        data = bytes(self._buffer)
        self._buffer.clear()
        self._storing = asyncio.create_task(self._store(data))

    async def _last_stored(self) -> None:
        if self._storing is not None:
            await asyncio.shield(self._storing)

    async def _store(self, data: bytes) -> None:
        number = self._stored // self._upload.part_bytes + 1
        await asyncio.to_thread(
            self._app.objects.upload_part, self._key, self._upload.s3_upload_id, number, data
        )
        self._stored += len(data)
        if self._checksum is None:
            await self._acknowledge(self._stored)

    async def _put_away(self, *, whole: bool) -> None:
        """Store what is left and acknowledge it. Raises WrongChecksum and StoreUnavailable."""
        await self._last_stored()
        if self._checksum is not None:
            if not whole:
                return
            if not self._checksum.matches():
                raise WrongChecksum("The bytes were not kept. Send them again.")
        tail, end = bytes(self._buffer), self._stored + len(self._buffer)
        if tail and end in (self._upload.bytes, self._stored + self._upload.part_bytes):
            await self._store(tail)
        # Before a tail of a later part takes the place of one that still counts.
        await self._acknowledge(self._stored)
        if self._acknowledged < end:
            await asyncio.to_thread(self._app.objects.put, self._tail_key, tail)
            await self._acknowledge(end)

    async def _acknowledge(self, offset: int) -> None:
        if offset > self._acknowledged:
            await self._app.store.uploads.received(
                self._upload.id, self._acknowledged, offset, self._app.settings.upload_keep_s
            )
            self._acknowledged = offset

    def _settle(self) -> None:
        self._app.unsettled.discard(self)
        self.settled.set()
