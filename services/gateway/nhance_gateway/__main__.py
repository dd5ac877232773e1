"""``python -m nhance_gateway`` serves the API where the settings say."""

from __future__ import annotations

import uvicorn

from nhance_gateway.app import create_app
from nhance_gateway.settings import GatewaySettings
from nhance_kit import logs, metrics

# Uploads and downloads that take longer are cut off when the server stops.
LONGEST_GRACE_S = 5.0


def main() -> None:
    settings = GatewaySettings()
    logs.configure("gateway", settings.log_format, settings.log_level)
    if settings.metrics_port is not None:
        metrics.serve(settings.host, settings.metrics_port)
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        server_header=False,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=max(1, round(min(settings.shutdown_grace_s, LONGEST_GRACE_S))),
    )


if __name__ == "__main__":
    main()
