"""Whether a part answers yet. A probe never raises: what does not answer is not ready."""

from __future__ import annotations

import ssl

import httpx
import psycopg

from nhance_local.program import Probe

TIMEOUT_S = 2.0
# Plain HTTP on loopback: reading the certificate authorities anew would cost 30 ms a probe.
_NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def http_ok(url: str) -> Probe:
    """Ready when a GET of ``url`` gives 200."""

    async def probe() -> bool:
        reply = await get(url)
        return reply is not None and reply.status_code == 200

    return probe


async def get(url: str) -> httpx.Response | None:
    """The answer, or None. Proxies of the environment are for other machines than this one."""
    try:
        async with httpx.AsyncClient(
            trust_env=False, timeout=TIMEOUT_S, verify=_NO_AUTHORITIES
        ) as client:
            return await client.get(url)
    except httpx.TransportError:
        return None


def postgres_ok(url: str) -> Probe:
    """Ready when a session can be opened."""

    async def probe() -> bool:
        try:
            connection = await psycopg.AsyncConnection.connect(url, connect_timeout=2)
        except psycopg.OperationalError:
            return False
        await connection.close()
        return True

    return probe


def both(first: Probe, second: Probe) -> Probe:
    """Ready when both are."""

    async def probe() -> bool:
        return await first() and await second()

    return probe
