"""A server that is played: every answer is written down beforehand."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Reply:
    """``status`` 0: the connection is closed; after the body already, where more is ``missing``."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    missing: int = 0

    @classmethod
    def of(cls, status: int, body: object, **headers: str) -> Reply:
        return cls(status, json.dumps(body).encode(), headers)


@dataclass(frozen=True)
class Request:
    headers: Message
    body: bytes


class Play:
    """``replies`` by method and path, one a request; the last one stays. ``requests`` likewise."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.replies: dict[str, list[Reply]] = {}
        self.requests: dict[str, list[Request]] = {}

    def answer(self, key: str, request: Request) -> Reply:
        self.requests.setdefault(key, []).append(request)
        replies = self.replies[key]
        return replies.pop(0) if len(replies) > 1 else replies[0]


@contextmanager
def playing() -> Iterator[Play]:
    """A play at an address of its own, whose requests may come at once."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            key = f"{self.command} {self.path.partition('?')[0]}"
            reply = play.answer(key, Request(self.headers, body))
            if reply.status == 0:
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(reply.body) + reply.missing))
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        play = Play(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield play
        finally:
            server.shutdown()
            thread.join()
