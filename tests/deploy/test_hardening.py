"""What every pod must and must not be: pinned, bounded, without rights, secrets or tokens."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.deploy.rendered import (
    OVERLAYS,
    OWN_VERSION,
    Container,
    containers,
    everything,
    name_of,
    overlay,
    pods,
)

CONTAINERS = list(containers())
POD_FIELDS = [(f"{where}: {name_of(workload)}", pod) for where, workload, pod in pods()]
TAG = re.compile(r"[0-9]+\.[0-9]+(\.[0-9]+)?(-gpu)?")


@pytest.mark.parametrize("found", CONTAINERS, ids=str)
def test_a_container_is_pinned_bounded_and_without_rights(found: Container) -> None:
    container = found.container
    image, _, tag = container["image"].rpartition(":")
    assert image
    assert TAG.fullmatch(tag)
    if found.is_ours:
        assert OWN_VERSION == tag

    context = container["securityContext"]
    assert context["readOnlyRootFilesystem"]
    assert not context["allowPrivilegeEscalation"]
    assert {"drop": ["ALL"]} == context["capabilities"]

    resources = container["resources"]
    bounded = {"cpu", "memory", "ephemeral-storage"}
    assert bounded <= resources["requests"].keys()
    assert bounded <= resources["limits"].keys()


@pytest.mark.parametrize(("where", "pod"), POD_FIELDS)
def test_a_pod_is_nobody_in_particular(where: str, pod: dict[str, Any]) -> None:
    context = pod["securityContext"]
    assert context["runAsNonRoot"]
    assert context["runAsUser"] > 10_000
    assert {"type": "RuntimeDefault"} == context["seccompProfile"]
    assert pod["automountServiceAccountToken"] is False
    assert "default" != pod["serviceAccountName"]
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
    assert not [volume for volume in pod.get("volumes", []) if "hostPath" in volume]


def test_every_account_is_made_and_has_no_token() -> None:
    for name in OVERLAYS:
        accounts = {
            name_of(found): found for found in overlay(name) if found["kind"] == "ServiceAccount"
        }
        wanted = {
            found["spec"]["template"]["spec"]["serviceAccountName"]
            for found in overlay(name)
            if found["kind"] in ("Deployment", "StatefulSet", "Job")
        }
        assert wanted == accounts.keys(), "one for each, and none that nobody has"
        assert {False} == {each["automountServiceAccountToken"] for each in accounts.values()}


def test_secrets_are_referred_to_and_never_there() -> None:
    assert not [where for where, found in everything() if found["kind"] == "Secret"]
    for found in CONTAINERS:
        for variable in found.container.get("env", []):
            if re.search(r"SECRET|PASSWORD|TOKEN|ACCESS_KEY|DATABASE_URL", variable["name"]):
                assert "secretKeyRef" in variable["valueFrom"], str(found)


def test_an_emptydir_fits_into_what_its_pod_may_keep() -> None:
    """Else its pod is evicted before the volume is full."""
    for where, workload, pod in pods():
        sizes = [
            _bytes(volume["emptyDir"]["sizeLimit"])
            for volume in pod.get("volumes", [])
            if "emptyDir" in volume
        ]
        allowed = sum(
            _bytes(container["resources"]["limits"]["ephemeral-storage"])
            for container in [*pod.get("initContainers", []), *pod["containers"]]
            if container in pod["containers"] or container.get("restartPolicy") == "Always"
        )
        assert sum(sizes) <= allowed, f"{where}: {name_of(workload)}"


def test_a_task_has_its_grace_before_its_pod_is_killed() -> None:
    for found in CONTAINERS:
        for variable in found.container.get("env", []):
            if variable["name"] == "NHANCE_SHUTDOWN_GRACE_S":
                grace = found.pod["terminationGracePeriodSeconds"]
                assert float(variable["value"]) + 10 <= grace, str(found)


def test_a_model_server_is_stopped_after_its_worker_and_by_a_signal() -> None:
    servers = [found for found in CONTAINERS if "tensorflow/" in found.container["image"]]
    assert servers
    for found in servers:
        assert "lifecycle" not in found.container
        if name_of(found.workload).startswith("enhance-"):
            assert "Always" == found.container["restartPolicy"]


def _bytes(quantity: str) -> int:
    number, unit = re.fullmatch(r"([0-9]+)(Mi|Gi)", quantity).groups()  # type: ignore[union-attr]
    return int(number) << {"Mi": 20, "Gi": 30}[unit]
