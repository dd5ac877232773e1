"""What runs in our containers: by command, the settings it reads and the routes it has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from nhance_enhance.app import create_app as enhance_app
from nhance_enhance.settings import EnhanceSettings
from nhance_gateway.app import create_app as gateway_app
from nhance_gateway.deliverer import create_app as webhooks_app
from nhance_gateway.settings import GatewaySettings
from nhance_ingest.app import create_app as ingest_app
from nhance_kit.servables import ServablesSettings
from nhance_kit.settings import Settings
from nhance_mux.app import create_app as mux_app
from tests.deploy.rendered import Container


@dataclass(frozen=True)
class Service:
    """A program, its settings' class, and its app where it serves one."""

    module: str
    settings: type[Settings]
    app: Callable[[Any], FastAPI] | None = None


# What an image runs where the manifest names no command: its Dockerfile's ENTRYPOINT.
OF_IMAGE = {
    "gateway": Service("nhance_gateway", GatewaySettings, gateway_app),
    "ingest": Service("nhance_ingest", Settings, ingest_app),
    "enhance": Service("nhance_enhance", EnhanceSettings, enhance_app),
    "mux": Service("nhance_mux", Settings, mux_app),
}
OF_MODULE = {
    "nhance_gateway.deliverer": Service("nhance_gateway.deliverer", Settings, webhooks_app),
    "nhance_kit.migrations": Service("nhance_kit.migrations", Settings),
    "nhance_kit.servables": Service("nhance_kit.servables", ServablesSettings),
}


def service_of(found: Container) -> Service:
    """Raises KeyError where it is none of ours."""
    command = found.container.get("command")
    if command is None:
        return OF_IMAGE[found.container["image"].removeprefix("nhance/").partition(":")[0]]
    python, _, module, *_ = command
    assert "python" == python
    return OF_MODULE[module]
