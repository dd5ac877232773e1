"""The stack of images on one machine: settings that there are, and nothing open to others."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from nhance_enhance.settings import EnhanceSettings
from nhance_gateway.settings import GatewaySettings
from nhance_serving.settings import ServingSettings
from tests.deploy.rendered import DEPLOY, OWN_VERSION

SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())[
    "services"
]
OURS = {name: each for name, each in SERVICES.items() if each["image"].startswith("nhance/")}
KNOWN = {
    *(f"NHANCE_{name}".upper() for name in EnhanceSettings.model_fields),
    *(f"NHANCE_{name}".upper() for name in GatewaySettings.model_fields),
    *(f"NHANCE_SERVING_{name}".upper() for name in ServingSettings.model_fields),
}


@pytest.mark.parametrize("name", OURS)
def test_a_service_has_no_rights_and_settings_that_there_are(name: str) -> None:
    service = OURS[name]
    assert service["read_only"]
    assert ["ALL"] == service["cap_drop"]
    assert ["no-new-privileges:true"] == service["security_opt"]
    assert OWN_VERSION == service["image"].partition(":")[2]
    assert service["environment"].keys() <= KNOWN


def test_nothing_listens_but_on_loopback() -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    assert "0.0.0.0" not in text
    assert "NHANCE_HOST" not in text, "whose default is loopback"
    assert not [name for name, each in SERVICES.items() if "ports" in each]
    assert {"host"} == {each["network_mode"] for each in SERVICES.values()}


def test_no_two_share_a_port() -> None:
    ports = [
        re.sub(r"\D", "", str(each["environment"].get("NHANCE_PORT", "")))
        for name, each in OURS.items()
        if name not in ("migrations", "serving")
    ]
    assert len(ports) == len({*ports})
