"""``python -m nhance_gateway`` serves the API where the settings say."""

from __future__ import annotations

import socket
import sys
from contextlib import suppress

import uvicorn

from nhance_gateway.app import create_app
from nhance_gateway.feed import Feed
from nhance_gateway.settings import GatewaySettings
from nhance_kit import logs, metrics, tracing

# Uploads and downloads that take longer are cut off when the server stops.
LONGEST_GRACE_S = 5.0


class Server(uvicorn.Server):
    """Ends the event streams when it stops: they would never end by themselves."""

    def __init__(self, config: uvicorn.Config, feed: Feed) -> None:
        super().__init__(config)
        self._feed = feed

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._feed.end()
        await super().shutdown(sockets)


def main() -> None:
    settings = GatewaySettings()
    logs.configure("gateway", settings.log_format, settings.log_level)
    tracing.configure("gateway", settings)
    if settings.metrics_port is not None:
        metrics.serve(settings.host, settings.metrics_port)
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        loop="uvloop",
        host=settings.host,
        port=settings.port,
        log_config=None,
        server_header=False,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=max(1, round(min(settings.shutdown_grace_s, LONGEST_GRACE_S))),
    )
    server = Server(config, app.state.parts.feed)
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(1)


if __name__ == "__main__":
    main()
