"""An object on its way to a client: read in chunks as fast as the client takes them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import closing, suppress
from typing import Self

from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from nhance_kit.errors import NotFound
from nhance_kit.object_reading import RangeStream
from nhance_kit.objects import ObjectStore

CHUNK_BYTES = 512 << 10


class ObjectResponse(StreamingResponse):
    """Bytes of an object, one chunk at a time in memory; closes it when the client goes away."""

    def __init__(
        self,
        stream: RangeStream,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
    ) -> None:
        super().__init__(_chunks(stream), status_code, headers, media_type)
        self._stream = stream

    @classmethod
    async def of(
        cls,
        objects: ObjectStore,
        key: str,
        start: int,
        end: int,
        *,
        status_code: int,
        headers: Mapping[str, str],
        media_type: str,
    ) -> Self:
        """``[start, end)`` of an object; raises NotFound before the first header is sent."""
        try:
            stream = await asyncio.to_thread(objects.stream, key, start, end)
        except NotFound as error:
            raise NotFound("This file is no longer there.") from error
        return cls(stream, status_code, headers, media_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with closing(self._stream), suppress(ClientDisconnect):
            await super().__call__(scope, receive, send)


async def _chunks(stream: RangeStream) -> AsyncIterator[bytes]:
    while chunk := await asyncio.to_thread(stream.read, CHUNK_BYTES):
        yield chunk
