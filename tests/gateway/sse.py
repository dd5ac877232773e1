"""A client of server-sent events that a test holds in its hands, in process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

from fastapi import FastAPI


@dataclass(frozen=True)
class Event:
    """One event, as WHATWG HTML (section 9.2.6) has it parsed."""

    kind: str
    id: str | None
    data: Any


class Stream:
    """An open stream, read only as far as asked: who does not ask is a slow client."""

    def __init__(self, app: FastAPI, path: str, last_event_id: str | None, key: str | None) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.comments: list[str] = []
        self.last_event_id: str | None = None
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue(1)
        self._gone = asyncio.Event()
        self._text = ""
        self._begun = asyncio.Event()
        headers = [] if last_event_id is None else [(b"last-event-id", last_event_id.encode())]
        if key is not None:
            headers.append((b"authorization", f"Bearer {key}".encode()))
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        self._running = asyncio.create_task(app(scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            self._begun.set()
            return
        if message["body"]:
            await self._chunks.put(message["body"])
        if not message.get("more_body"):
            await self._chunks.put(None)

    async def begun(self) -> Self:
        await self._begun.wait()
        return self

    def __aiter__(self) -> AsyncIterator[Event]:
        return self._events()

    async def next(self) -> Event:
        return await anext(self._events())

    async def _events(self) -> AsyncIterator[Event]:
        while True:
            while "\n\n" in self._text:
                block, _, self._text = self._text.partition("\n\n")
                if (event := self._event(block)) is not None:
                    yield event
            chunk = await self._chunks.get()
            if chunk is None:
                return
            self._text += chunk.decode()

    def _event(self, block: str) -> Event | None:
        fields: dict[str, str] = {}
        for line in block.split("\n"):
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        if "" in fields:
            self.comments.append(fields[""])
        self.last_event_id = fields.get("id", self.last_event_id)
        if "data" not in fields:
            return None
        return Event(fields["event"], fields.get("id"), json.loads(fields["data"]))

    async def leave(self) -> None:
        self._gone.set()
        await self._running


@asynccontextmanager
async def stream(
    app: FastAPI, path: str, last_event_id: str | None = None, key: str | None = None
) -> AsyncIterator[Stream]:
    """A stream that has begun; it is left at the end of the block."""
    async with asyncio.timeout(60):
        opened = Stream(app, path, last_event_id, key)
        try:
            yield await opened.begun()
        finally:
            await opened.leave()
