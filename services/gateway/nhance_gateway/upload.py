"""An upload on its way into the object store: streamed, hashed, bounded, and undone on any failure.

Of a file, however long, at most IN_FLIGHT parts and the one being filled are in memory. Reading
the client waits for the store, so a slow store slows the client down and nothing piles up.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Protocol, Self

import structlog
from starlette.requests import ClientDisconnect

from nhance_gateway.errors import SlowUpload, TooManyUploads
from nhance_gateway.form import FormReader
from nhance_gateway.settings import GatewaySettings
from nhance_kit.errors import NhanceError, NotFound, NoVideo, TooLarge
from nhance_kit.jobs import Source
from nhance_kit.objects import PART_BYTES, ObjectStore

log = structlog.get_logger()

IN_FLIGHT = 2
LINGER_S = 2.0


class Settling(Protocol):
    """Something under way that a server should not stop in the middle of."""

    @property
    def settled(self) -> asyncio.Event: ...


class Unsettled(set[Settling]):
    """The uploads under way, each of which holds up to IN_FLIGHT parts and the one being filled."""

    def __init__(self, at_most: int) -> None:
        super().__init__()
        self._at_most = at_most

    def add(self, target: Settling) -> None:
        """Raises TooManyUploads."""
        if len(self) >= self._at_most:
            raise TooManyUploads(self._at_most)
        super().add(target)


class Measured:
    """A file that is counted and hashed as it comes, and kept nowhere."""

    def __init__(self, max_bytes: int) -> None:
        self.bytes = 0
        self._max_bytes = max_bytes
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    async def write(self, data: memoryview) -> None:
        """Append; raises TooLarge."""
        self.bytes += len(data)
        if self.bytes > self._max_bytes:
            raise too_large(self._max_bytes)
        self._hash.update(data)


class PartedObject(Measured):
    """One object, written in parts; leaving the ``async with`` by an error leaves none of it."""

    def __init__(
        self, objects: ObjectStore, key: str, max_bytes: int, unsettled: Unsettled
    ) -> None:
        """It is in ``unsettled`` until it is stored whole or undone; see ``all_settled``."""
        super().__init__(max_bytes)
        self.settled = asyncio.Event()
        self._unsettled = unsettled
        self._objects = objects
        self._key = key
        self._buffer = bytearray()
        self._start: asyncio.Task[str] | None = None
        self._parts: list[asyncio.Task[str]] = []
        self._in_flight: set[asyncio.Task[str]] = set()
        self._completion: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._unsettled.add(self)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self._settle()
        else:
            undoing = asyncio.create_task(self._undo())
            undoing.add_done_callback(lambda _: self._settle())
            await asyncio.shield(undoing)

    async def write(self, data: memoryview) -> None:
        """Append; returns once there is room for more. Raises TooLarge and StoreUnavailable."""
        await super().write(data)
        while data:
            room = PART_BYTES - len(self._buffer)
            self._buffer += data[:room]
            data = data[room:]
            if len(self._buffer) == PART_BYTES:
                await self._send()

    async def complete(self) -> None:
        """Make the object appear. It is deleted again if the ``async with`` ends in an error."""
        if self._buffer or not self._parts:
            await self._send()
        await self._wait_for_parts(0)
        etags = [part.result() for part in self._parts]
        upload_id = await self._upload_id()
        self._completion = asyncio.create_task(
            asyncio.to_thread(
                self._objects.complete_upload, self._key, upload_id, enumerate(etags, start=1)
            )
        )
        await asyncio.shield(self._completion)

    async def _upload_id(self) -> str:
        """The id of the upload, which begins with the first part."""
        if self._start is None:
            self._start = asyncio.create_task(
                asyncio.to_thread(self._objects.start_upload, self._key)
            )
        # The task outlives a cancellation of this call, so that no upload is begun unnoticed.
        return await asyncio.shield(self._start)

    async def _send(self) -> None:
        """Hand the buffer over to a thread, when fewer than IN_FLIGHT parts are under way."""
        upload_id = await self._upload_id()
        await self._wait_for_parts(IN_FLIGHT - 1)
        data = bytes(self._buffer)
        self._buffer.clear()
        part = asyncio.create_task(
            asyncio.to_thread(
                self._objects.upload_part, self._key, upload_id, len(self._parts) + 1, data
            )
        )
        self._parts.append(part)
        self._in_flight.add(part)

    async def _wait_for_parts(self, left: int) -> None:
        """Wait until at most ``left`` parts are under way; raises what one of them raised."""
        while len(self._in_flight) > left:
            done, self._in_flight = await asyncio.wait(
                self._in_flight, return_when=asyncio.FIRST_COMPLETED
            )
            for part in done:
                part.result()

    def _settle(self) -> None:
        self._unsettled.discard(self)
        self.settled.set()

    async def _undo(self) -> None:
        if self._start is None:
            return
        # What is under way comes first: a part that lands after the abort would stay.
        await asyncio.gather(self._start, *self._parts, return_exceptions=True)
        if self._completion is not None:
            await asyncio.wait([self._completion])
        try:
            upload_id = self._start.result()
            if self._completion is not None:
                await asyncio.to_thread(self._objects.delete, self._key)
            await asyncio.to_thread(self._objects.abort_upload, self._key, upload_id)
        except NotFound:
            pass
        except NhanceError as error:
            log.warning("upload_left_behind", key=self._key, reason=str(error))


async def all_settled(unsettled: Unsettled, within_s: float) -> None:
    """Wait for the uploads that a stopping server cut off to be undone, or put away."""
    waits = [asyncio.create_task(target.settled.wait()) for target in unsettled]
    if waits:
        await asyncio.wait(waits, timeout=within_s)


async def receive(
    body: AsyncIterator[bytes],
    form: FormReader,
    target: Measured,
    settings: GatewaySettings,
    check: Callable[[dict[str, str]], Awaitable[None]],
) -> Source:
    """Read a whole form, its file into ``target``, which is left for the caller to complete.

    ``check`` gets the fields that came before the file as soon as the file begins, so that a
    wrong one is refused before gigabytes were sent. Raises what ``check`` raises, InvalidRequest,
    NoVideo, TooLarge, SlowUpload, StoreUnavailable and ClientDisconnect.
    """
    checked = False
    async for chunk in paced(body, settings.upload_idle_s, settings.upload_min_bytes_per_s):
        pieces = form.feed(chunk)
        if form.file_name is not None and not checked:
            checked = True
            await check(form.fields)
        for piece in pieces:
            await target.write(piece)
    name = form.finish()
    if form.file_name is not None and target.bytes == 0:
        raise NoVideo("The file is empty; it has no bytes at all.")
    return Source(name=name, bytes=target.bytes, sha256=target.sha256)


async def paced(
    body: AsyncIterator[bytes], idle_s: float, min_bytes_per_s: int
) -> AsyncIterator[bytes]:
    """``body``, unless the client falls silent or trickles; raises SlowUpload.

    Only the time spent waiting for the client counts, not that for which the store held it up.
    """
    received = 0
    waited_s = 0.0
    while True:
        began = time.monotonic()
        try:
            async with asyncio.timeout(idle_s):
                chunk = await anext(body, None)
        except TimeoutError as error:
            raise SlowUpload(f"Nothing more of the upload came for {idle_s:g} s.") from error
        if chunk is None:
            return
        waited_s += time.monotonic() - began
        received += len(chunk)
        if received < min_bytes_per_s * (waited_s - idle_s):
            raise SlowUpload(f"The upload came at less than {min_bytes_per_s} bytes a second.")
        yield chunk


async def linger(body: AsyncIterator[bytes]) -> None:
    """Read on for a moment after an error, so that the client gets to read the answer.

    Closing a socket with unread data resets it, and the answer is lost (RFC 9112 §9.6).
    """
    with suppress(TimeoutError, ClientDisconnect):
        async with asyncio.timeout(LINGER_S):
            async for _ in body:
                pass


def too_large(max_bytes: int) -> TooLarge:
    return TooLarge(f"The upload is longer than {max_bytes} bytes, which is the most taken here.")
