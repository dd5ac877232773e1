"""A connection to the gateway that breaks: for clients that should go on as if it had not."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

CHUNK_BYTES = 1 << 16


def after_an_event(answer: bytes) -> bool:
    return re.search(rb"\nid: ?\d+\n(?s:.*)\n\n", answer) is not None


def after_some_bytes(answer: bytes) -> bool:
    return len(answer) > 100_000


class CuttingProxy:
    """Passes connections on; cuts the first answer to each path whose end is in ``cuts``.

    ``heads`` are the requests that went through, line by line, in lower case.
    """

    def __init__(self, url: str, cuts: dict[str, Callable[[bytes], bool]]) -> None:
        target = urlsplit(url)
        self.heads: list[list[str]] = []
        self._cuts = dict(cuts)
        proxy = self

        class Handler(BaseRequestHandler):
            def handle(self) -> None:
                with socket.create_connection((target.hostname, target.port)) as gateway:
                    _Connection(proxy, self.request, gateway).pass_on()

        self._server = ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def requests(self, ending: str) -> list[list[str]]:
        """The heads of the requests for paths with this ending."""
        return [head for head in self.heads if head[0].split(" ")[1].endswith(ending)]

    def cut_for(self, request: bytes) -> Callable[[bytes], bool] | None:
        """Take note of a request; how its answer is to be cut, if it is."""
        self.heads.append(request.decode("latin-1").lower().split("\r\n"))
        path = self.heads[-1][0].split(" ")[1]
        ending = next((one for one in self._cuts if path.endswith(one)), None)
        return None if ending is None else self._cuts.pop(ending)


class _Connection:
    def __init__(self, proxy: CuttingProxy, client: socket.socket, gateway: socket.socket) -> None:
        self._proxy = proxy
        self._client = client
        self._gateway = gateway
        self._cut: Callable[[bytes], bool] | None = None
        self._answer = b""

    def pass_on(self) -> None:
        threading.Thread(target=self._requests, daemon=True).start()
        with suppress(OSError):
            while data := self._gateway.recv(CHUNK_BYTES):
                self._client.sendall(data)
                if self._cut is not None:
                    self._answer += data
                    if self._cut(self._answer):
                        break
        for end in (self._client, self._gateway):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _requests(self) -> None:
        with suppress(OSError):
            while data := self._client.recv(CHUNK_BYTES):
                head, found, _ = data.partition(b"\r\n\r\n")
                if found and b" HTTP/1.1\r\n" in head:
                    self._cut = self._proxy.cut_for(head)
                self._gateway.sendall(data)
            self._gateway.shutdown(socket.SHUT_WR)
