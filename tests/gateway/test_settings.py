"""Without keys the gateway keeps to the machine unless told otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from nhance_gateway.settings import GatewaySettings


def settings(tmp_path: Path, **more: object) -> GatewaySettings:
    values = {"database_url": "postgresql://localhost/nhance", "servables_dir": tmp_path, **more}
    return GatewaySettings.model_validate(values)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.8.8"])
def test_loopback_is_fine(host: str, tmp_path: Path) -> None:
    assert host == settings(tmp_path, host=host).host


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "example.org", ""])
def test_other_addresses_need_a_word(host: str, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="NHANCE_ALLOW_PUBLIC"):
        settings(tmp_path, host=host)
    assert host == settings(tmp_path, host=host, allow_public=True).host
    assert host == settings(tmp_path, host=host, require_keys=True).host


@pytest.mark.parametrize(
    "half", [{"oidc_issuer": "https://login.test"}, {"oidc_audience": "nhance"}]
)
def test_an_issuer_needs_an_audience(half: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="NHANCE_OIDC_AUDIENCE"):
        settings(tmp_path, **half)


def test_the_servables_have_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="servables_dir"):
        settings(tmp_path, servables_dir=tmp_path / "absent")
