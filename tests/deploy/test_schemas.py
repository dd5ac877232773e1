"""Every object is one that the cluster would take: Kubernetes' own, and those of the operators."""

from __future__ import annotations

import json
import shutil
import subprocess
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from tests.deploy.rendered import ROOT, Object, distinct, name_of

VERSION = "1.37"
NODE = Path(__file__).parent / "custom_resources"
OPERATORS = {
    "Gateway",
    "HTTPRoute",
    "PodMonitor",
    "PrometheusRule",
    "ScaledObject",
    "TriggerAuthentication",
}
# No registry that is reached from here has CloudNativePG's schema.
WITHOUT_SCHEMA = {"Cluster"}


OBJECTS = [(f"{where}: {each['kind']}/{name_of(each)}", each) for where, each in distinct()]
OWN = [each for each in OBJECTS if each[1]["kind"] not in OPERATORS | WITHOUT_SCHEMA]


def test_everything_has_a_schema() -> None:
    kinds = {found["kind"] for _, found in OBJECTS}
    assert OPERATORS | WITHOUT_SCHEMA <= kinds, "and nothing is listed that there is not"


def test_kubernetes_own_objects_are_valid_and_have_no_unknown_fields() -> None:
    for where, found in OWN:
        try:
            kubernetes_validate.validate(found, VERSION, strict=True)
        except kubernetes_validate.ValidationError as error:
            pytest.fail(f"{where}: {error}")


def test_an_unknown_field_would_be_found() -> None:
    (_, found) = next(each for each in OWN if each[1]["kind"] == "Deployment")
    broken = deepcopy(found)
    broken["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, VERSION, strict=True)


def judged(objects: list[Object]) -> list[str]:
    """What is wrong with each, by the operators' schemas as the npm registry has them."""
    if shutil.which("npm") is None:
        pytest.skip("skipped: no npm")
    if not (NODE / "node_modules").exists():
        subprocess.run(["npm", "ci", "--ignore-scripts", "--silent"], cwd=NODE, check=True)
    done = subprocess.run(
        ["node", "validate.js"],
        cwd=NODE,
        input=json.dumps(objects),
        capture_output=True,
        check=True,
        text=True,
    )
    found: list[str] = json.loads(done.stdout)
    return found


def test_what_the_operators_take_is_valid() -> None:
    wanted = {where: found for where, found in OBJECTS if found["kind"] in OPERATORS}
    problems = dict(zip(wanted, judged([*wanted.values()]), strict=True))
    assert {} == {where: problem for where, problem in problems.items() if problem}


def test_what_an_operator_would_refuse_is_found() -> None:
    wrong: dict[str, list[Any]] = {
        "ScaledObject": ["spec", "minReplicaCount"],
        "HTTPRoute": ["spec", "rules"],
        "PodMonitor": ["spec", "podMetricsEndpoints"],
    }
    broken = []
    for kind, (outer, inner) in wrong.items():
        found = deepcopy(next(each for _, each in OBJECTS if each["kind"] == kind))
        found[outer][inner] = "many"
        broken.append(found)
    for problem in judged(broken):
        assert "must be" in problem


@cache
def strict_schema(path: Path) -> dict[str, Any]:
    """A definition's schema, in which what is not named is refused, as `kubectl` does."""
    (version,) = yaml.safe_load(path.read_text())["spec"]["versions"]
    schema: dict[str, Any] = version["schema"]["openAPIV3Schema"]

    def close(node: dict[str, Any]) -> None:
        if node.get("properties") and "x-kubernetes-preserve-unknown-fields" not in node:
            node.setdefault("additionalProperties", False)
        for child in node.get("properties", {}).values():
            close(child)
        if isinstance(node.get("items"), dict):
            close(node["items"])

    close(schema)
    schema["properties"]["metadata"] = {"type": "object"}
    return schema


@pytest.mark.parametrize("kind", ["ScaledObject", "TriggerAuthentication"])
def test_keda_knows_every_field(kind: str, shared_data: Path) -> None:
    schema = strict_schema(shared_data / f"schemas/keda.sh_{kind.lower()}s.yaml")
    for where, found in OBJECTS:
        if found["kind"] == kind:
            errors = [*jsonschema.Draft202012Validator(schema).iter_errors(found)]
            assert not errors, f"{where}: {errors[0].json_path}: {errors[0].message}"


def test_skaffold_knows_every_field(shared_data: Path) -> None:
    schema = json.loads((shared_data / "schemas/skaffold_v4beta13.json").read_text())
    jsonschema.validate(yaml.safe_load((ROOT / "skaffold.yaml").read_text()), schema)
