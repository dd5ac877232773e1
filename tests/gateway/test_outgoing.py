"""A request reaches the address that was judged, or nothing."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_address
from typing import Any

import httpcore
import pytest
import trustme

from nhance_gateway.callbacks import Address
from nhance_gateway.outgoing import NotReached, Sender, resolved

from .receiver import Receiver

LOOPBACK = "127.0.0.1"


class Names:
    """A resolver whose answers are played, one after the other; the last one stays."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[Address]:
        self.asked.append(host)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [ip_address(address) for address in answer]


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hosts to which connections are opened; none of them is."""
    hosts: list[str] = []

    async def refuse(_: Any, host: str, *__: Any) -> httpcore.AsyncNetworkStream:
        hosts.append(host)
        raise httpcore.ConnectError("refused")

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", refuse)
    return hosts


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://0/",
        "https://localhost/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:a9fe:a9fe]/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "https://169.254.169.254/",
        "https://10.0.0.1/",
        "https://[fe80::1]/",
        "https://224.0.0.1/",
    ],
)
async def test_no_form_of_a_private_address_is_connected_to(connected: list[str], url: str) -> None:
    with pytest.raises(NotReached, match="no public address"):
        await Sender().post(url, {}, b"")
    assert [] == connected


@pytest.mark.parametrize("host", ["a..b", "x" * 64 + ".test"])
async def test_a_name_that_can_be_none_is_not_reached(host: str) -> None:
    with pytest.raises(NotReached, match="no public address"):
        await Sender().post(f"https://{host}/", {}, b"")


async def test_the_system_sees_through_odd_forms() -> None:
    """What the test above relies on: these names do lead to this machine."""
    for host in ("2130706433", "0x7f000001", "0177.0.0.1", "127.1"):
        assert {ip_address(LOOPBACK)} == set(await resolved(host, 443))


async def test_a_flipping_name_is_asked_once_and_the_answer_is_used(
    connected: list[str],
) -> None:
    names = Names(["93.184.216.34"], [LOOPBACK])
    with pytest.raises(NotReached, match="takes no connections"):
        await Sender(resolve=names).post("https://rebinding.test/", {}, b"")
    assert ["rebinding.test"] == names.asked
    assert ["93.184.216.34"] == connected
    with pytest.raises(NotReached, match="no public address"):
        await Sender(resolve=names).post("https://rebinding.test/", {}, b"")
    assert ["93.184.216.34"] == connected


@pytest.mark.parametrize("private", [LOOPBACK, "10.0.0.1", "169.254.169.254", "::1", "fd00::1"])
async def test_one_private_address_among_others_is_enough(
    connected: list[str], private: str
) -> None:
    for answer in ([private, "8.8.8.8"], ["8.8.8.8", private]):
        with pytest.raises(NotReached, match="no public address"):
            await Sender(resolve=Names(answer)).post("https://mixed.test/", {}, b"")
    assert [] == connected


async def test_every_address_is_tried_in_turn(connected: list[str]) -> None:
    with pytest.raises(NotReached, match="takes no connections"):
        await Sender(resolve=Names(["8.8.8.8", "8.8.4.4"])).post("https://two.test/", {}, b"")
    assert ["8.8.8.8", "8.8.4.4"] == connected


async def test_a_name_that_is_unknown_tells_nothing_more() -> None:
    with pytest.raises(NotReached, match="no public address"):
        await Sender().post("https://nowhere.invalid/", {}, b"")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(status: int) -> None:
    with Receiver() as target, Receiver(status) as first:
        first.headers = {"Location": target.url}
        assert status == await Sender(allow_loopback=True).post(first.url, {}, b"{}")
        assert first.received.qsize() == 1
        assert target.received.empty()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def server_tls(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def client_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


async def test_tls_asks_for_the_name_at_the_address(authority: trustme.CA) -> None:
    tls = server_tls(authority, "hooks.test")
    asked: list[str | None] = []
    tls.sni_callback = lambda _, name, __: asked.append(name)
    names = Names([LOOPBACK])
    sender = Sender(allow_loopback=True, resolve=names, tls=client_tls(authority))
    with Receiver(tls=tls) as receiver:
        body = json.dumps({"a": "ü"}).encode()
        status = await sender.post(
            f"https://hooks.test:{receiver.port}/a%20b?c=d", {"X-Test": "1"}, body
        )
        assert status == 204
        received = receiver.received.get(timeout=5)
    assert ["hooks.test"] == asked == names.asked
    assert ("/a%20b?c=d", body) == (received.path, received.body)
    assert f"hooks.test:{receiver.port}" == received.headers["host"]
    assert received.headers["x-test"] == "1"


async def test_a_certificate_for_another_name_is_refused(authority: trustme.CA) -> None:
    sender = Sender(allow_loopback=True, resolve=Names([LOOPBACK]), tls=client_tls(authority))
    with Receiver(tls=server_tls(authority, "other.test")) as receiver:
        with pytest.raises(NotReached, match="certificate"):
            await sender.post(f"https://hooks.test:{receiver.port}/", {}, b"")
        assert receiver.received.empty()


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(talk: Talk) -> AsyncIterator[str]:
    """The URL of a server that talks so; it is done with every connection at the end."""
    talks: set[asyncio.Task[None] | None] = set()

    async def on_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.current_task())
        with suppress(ConnectionError):
            await talk(reader, writer)
        writer.transport.abort()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async with await asyncio.start_server(on_connection, LOOPBACK, 0) as listening:
        yield f"http://{LOOPBACK}:{listening.sockets[0].getsockname()[1]}/"
        await asyncio.gather(*filter(None, talks))


async def test_an_endless_answer_is_not_read() -> None:
    sent = 0

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + bytes(0x10000) + b"\r\n")
            await writer.drain()
            sent += 0x10000

    async with server(endless) as url:
        assert await Sender(allow_loopback=True).post(url, {}, b"") == 200
    # What lies in the buffers of the two sockets was sent, and nothing beyond it.
    assert sent < 32 << 20


async def test_silence_and_nonsense_are_no_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nhance_gateway.outgoing.TOTAL_S", 0.3)
    answers = [b"", b"SSH-2.0-OpenSSH\r\n\r\n"]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answers.pop(0))
        await reader.read()

    async with server(answer) as url:
        with pytest.raises(NotReached, match="in time"):
            await Sender(allow_loopback=True).post(url, {}, b"")
        monkeypatch.undo()
        with pytest.raises(NotReached, match="HTTP"):
            await Sender(allow_loopback=True).post(url, {}, b"")
