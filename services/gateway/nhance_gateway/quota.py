"""How many requests a tenant may make, told with every answer.

The header fields are those of draft-ietf-httpapi-ratelimit-headers-10. Counts are kept in this
process: a tenant has its quota at each gateway.
"""

from __future__ import annotations

import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nhance_gateway.errors import QuotaExceeded

POLICY = "requests"
WINDOW_S = 60


class Quota:
    """``per_minute`` requests for each tenant in any minute; 0 is no limit."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._rate = RateLimitItemPerMinute(max(1, per_minute))
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def take(self, tenant: str, request: Request) -> None:
        """Count a request, and have its answer tell what is left; raises QuotaExceeded."""
        if not self._per_minute:
            return
        granted = self._limiter.hit(self._rate, tenant)
        stats = self._limiter.get_window_stats(self._rate, tenant)
        reset_s = min(WINDOW_S, max(1, math.ceil(stats.reset_time - time.time())))
        request.state.quota = {
            "RateLimit-Policy": f'"{POLICY}";q={self._per_minute};w={WINDOW_S}',
            "RateLimit": f'"{POLICY}";r={stats.remaining};t={reset_s}',
        }
        if not granted:
            raise QuotaExceeded(self._per_minute, reset_s)


class QuotaHeaders:
    """Adds to every answer what its request was told to."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(scope.get("state", {}).get("quota", {}))
            await send(message)

        await self._app(scope, receive, send_with_headers)
