"""Requests to where strangers say: to a public address or to none, and no further than that.

The address that was judged is the one that is connected to, so a name that leads elsewhere a moment
later changes nothing; TLS still asks for the name. No redirect is followed, no proxy is used, and
no answer is read beyond its head.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from ipaddress import ip_address
from typing import Any

import httpcore

from nhance_gateway.callbacks import Address, is_public

PATIENCE = {"connect": 5.0, "read": 10.0, "write": 10.0}
TOTAL_S = 20.0

Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]


class NotReached(Exception):
    """There was no answer; ``str(error)`` says why, and tells nothing of the network here."""


async def resolved(host: str, port: int) -> list[Address]:
    """The addresses of a name, or of an address in whatever form the system reads it."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ip_address(entry[4][0]) for entry in found]


class _VettedBackend(httpcore.AsyncNetworkBackend):
    """Connects to addresses that ``resolve`` gave and that were then found to be public."""

    def __init__(self, resolve: Resolve, *, allow_loopback: bool) -> None:
        self._resolve = resolve
        self._allow_loopback = allow_loopback
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:  # no such name, or none that can be one
            raise NotReached("The host has no public address.") from error
        if not addresses or not all(map(self._is_allowed, addresses)):
            raise NotReached("The host has no public address.")
        failure: Exception | None = None
        for address in addresses:
            try:
                return await self._network.connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise NotReached("The host takes no connections.") from failure

    def _is_allowed(self, address: Address) -> bool:
        return is_public(address) or (self._allow_loopback and address.is_loopback)


class Sender:
    """Posts, with a connection for each request."""

    def __init__(
        self,
        *,
        allow_loopback: bool = False,
        resolve: Resolve = resolved,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """``tls`` None: the authorities that certifi knows."""
        self._backend = _VettedBackend(resolve, allow_loopback=allow_loopback)
        self._tls = tls

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status of the answer, whatever it is; raises NotReached."""
        try:
            async with (
                asyncio.timeout(TOTAL_S),
                httpcore.AsyncConnectionPool(
                    ssl_context=self._tls, network_backend=self._backend
                ) as pool,
                pool.stream(
                    "POST",
                    url,
                    headers=list(headers.items()),
                    content=body,
                    extensions={"timeout": PATIENCE},
                ) as answer,
            ):
                return answer.status
        except (TimeoutError, httpcore.TimeoutException) as error:
            raise NotReached("The host did not answer in time.") from error
        except httpcore.ConnectError as error:
            raise NotReached("The host's certificate is not valid for its name.") from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise NotReached("The host broke the connection, or did not speak HTTP.") from error
