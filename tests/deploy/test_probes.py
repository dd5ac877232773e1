"""Every probe asks for a route that the container's app has, at a port that it listens to."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute

from nhance_kit import servables
from tests.deploy.rendered import Container, containers, everything, find, overlay
from tests.deploy.services import Service, service_of

PROBES = ("startupProbe", "livenessProbe", "readinessProbe")
SERVING = [found for found in containers() if found.is_ours and service_of(found).app is not None]


@cache
def paths(service: Service) -> set[str]:
    wanted: dict[str, Any] = {
        "database_url": "postgresql://nowhere/nhance",
        "s3_endpoint": "http://127.0.0.1:1",
        "servables_dir": Path.cwd(),
        "serving_address": "unix:/nowhere",
    }
    fields = service.settings.model_fields
    settings = service.settings(**{name: each for name, each in wanted.items() if name in fields})
    assert service.app is not None
    return {route.path for route in service.app(settings).routes if isinstance(route, APIRoute)}


@pytest.mark.parametrize("found", SERVING, ids=str)
def test_a_probe_asks_for_a_route_at_a_port(found: Container) -> None:
    ports = {port["name"]: port["containerPort"] for port in found.container["ports"]}
    assert 8000 == ports["http"]
    for probe in PROBES:
        asked = found.container[probe]["httpGet"]
        assert asked["port"] in ports
        assert asked["path"] in paths(service_of(found))


def test_every_container_that_stays_is_probed() -> None:
    for found in containers():
        stays = found.container in found.pod["containers"] or "restartPolicy" in found.container
        if stays and found.workload["kind"] != "Job" and found.container["name"] != "servables":
            assert set(PROBES) <= found.container.keys(), str(found)


def test_who_follows_what_is_published_has_started_with_its_first_round_and_is_always_ready() -> (
    None
):
    following = [
        found.container for found in containers() if found.container["name"] == "servables"
    ]
    following = [each for each in following if each["command"][-1] != "publish"]
    assert following
    for each in following:
        env = {variable["name"]: variable.get("value") for variable in each["env"]}
        assert env["NHANCE_SERVABLES_EVERY_S"], "else it ends, and is started again and again"
        (mount,) = (
            m for m in each["volumeMounts"] if m["mountPath"] == env["NHANCE_SERVABLES_DIR"]
        )
        marker = f"{mount['mountPath']}/{servables.FOLLOWED}"
        assert ["test", "-e", marker] == each["startupProbe"]["exec"]["command"]
        assert "readinessProbe" not in each, "S3 may be away"


def test_a_model_server_stays_ready_while_it_loads_what_is_new() -> None:
    serving = [found.container for found in containers() if found.container["name"] == "serving"]
    assert serving
    for each in serving:
        assert "available.sh" in each["startupProbe"]["exec"]["command"][-1]
        assert {"port": "serving"} == each["readinessProbe"]["tcpSocket"]


def test_a_service_and_a_policy_name_ports_that_there_are() -> None:
    ports = {port["name"] for found in containers() for port in found.container.get("ports", [])}
    for where, found in everything():
        if found["kind"] == "Service":
            assert {port["targetPort"] for port in found["spec"]["ports"]} <= ports, where
        if found["kind"] == "NetworkPolicy":
            for rule in found["spec"].get("ingress", []):
                named = {p["port"] for p in rule.get("ports", []) if isinstance(p["port"], str)}
                assert named <= ports, where


def test_figures_are_at_a_port_of_their_own_where_keys_are_needed() -> None:
    pod = find(overlay("prod-example"), "Deployment", "gateway")["spec"]["template"]["spec"]
    (gateway,) = pod["containers"]
    env = {each["name"]: each.get("value") for each in gateway["env"]}
    ports = {port["name"]: port["containerPort"] for port in gateway["ports"]}
    assert ("true", str(ports["metrics"])) == (
        env["NHANCE_REQUIRE_KEYS"],
        env["NHANCE_METRICS_PORT"],
    )
