"""Counts requests for Prometheus, from without: what other layers answer counts as well."""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nhance_kit import metrics

# Whatever else a client calls its method would be a series of its own.
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
# Asked every few seconds by the cluster itself.
PROBES = {"/livez", "/readyz", "/metrics"}


class Counted:
    """Passes everything on untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in PROBES:
            await self._app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in METHODS else "other"
        started = time.monotonic()

        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                metrics.HTTP_REQUESTS.labels(method, str(message["status"])).inc()
                metrics.HTTP_SECONDS.labels(method).observe(time.monotonic() - started)
            await send(message)

        await self._app(scope, receive, send_counted)
