"""How often one address may come with a wrong key."""

from __future__ import annotations

import math
import time
from ipaddress import IPv6Address, ip_address, ip_network

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from nhance_gateway.errors import TooManyAttempts

IPV6_SITE_BITS = 64  # what one subscriber is given at the least (RFC 6177)


class Throttle:
    """Counts the failures of each address, in this process."""

    def __init__(self, failures_per_minute: int) -> None:
        self._rate: RateLimitItem = parse(f"{failures_per_minute}/minute")
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def check(self, address: str) -> None:
        """Raises TooManyAttempts while an address has failed too often."""
        site = _site(address)
        if not self._limiter.test(self._rate, site):
            reset = self._limiter.get_window_stats(self._rate, site).reset_time
            raise TooManyAttempts(max(1, math.ceil(reset - time.time())))

    def failed(self, address: str) -> None:
        """Count a failure."""
        self._limiter.hit(self._rate, _site(address))


def _site(address: str) -> str:
    """What counts as one address: of IPv6, all that one subscriber has."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    return str(ip_network((int(parsed), IPV6_SITE_BITS), strict=False))
