"""Every variable is a setting of the service that gets it, and every value is one it takes."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from nhance_kit.settings import Settings
from tests.deploy.rendered import Container, containers, everything, name_of
from tests.deploy.services import service_of

PREFIX = "NHANCE_"
OURS = [found for found in containers() if found.is_ours]
CONFIG_MAPS = {
    (where, name_of(found)): found["data"]
    for where, found in everything()
    if found["kind"] == "ConfigMap"
}
SECRET = {"NHANCE_DATABASE_URL": "postgresql://nhance@database/nhance"}


def shared(found: Container) -> dict[str, str]:
    """The variables that come from ConfigMaps, which all services read."""
    return {
        name: value
        for source in found.container["envFrom"]
        for name, value in CONFIG_MAPS[found.where, source["configMapRef"]["name"]].items()
    }


def own(found: Container) -> dict[str, str]:
    """The variables of the container alone; those from Secrets by what could be there."""
    return {
        variable["name"]: variable.get("value", SECRET.get(variable["name"], "x"))
        for variable in found.container["env"]
    }


def names(settings: type[Settings]) -> set[str]:
    return {f"{PREFIX}{name}".upper() for name in settings.model_fields}


@pytest.mark.parametrize("found", OURS, ids=str)
def test_every_variable_is_a_setting(found: Container) -> None:
    assert own(found).keys() <= names(service_of(found).settings)
    assert shared(found).keys() <= names(Settings)


@pytest.mark.parametrize("found", OURS, ids=str)
def test_the_service_starts_with_them(
    found: Container, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wanted = {**shared(found), **own(found)}
    if "NHANCE_SERVABLES_DIR" in wanted:
        wanted["NHANCE_SERVABLES_DIR"] = str(tmp_path)
    for name, value in wanted.items():
        monkeypatch.setenv(name, value)

    settings = service_of(found).settings

    assert "0.0.0.0" == settings().host


def test_a_gateway_that_lets_everybody_in_would_not_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Which is why the base asks for keys: the test above would fail without."""
    (found,) = (each for each in OURS if str(each) == "overlays/prod-example: gateway/gateway")
    wanted = {**shared(found), **own(found), "NHANCE_SERVABLES_DIR": str(tmp_path)}
    for name, value in {**wanted, "NHANCE_REQUIRE_KEYS": "false"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match="let anybody in"):
        service_of(found).settings()
