"""The manifests as `kubectl kustomize` renders them, and what the tests ask of them."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
OWN_VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
OVERLAYS = tuple(sorted(path.name for path in (DEPLOY / "overlays").iterdir() if path.is_dir()))
COMPONENTS = tuple(sorted(path.name for path in (DEPLOY / "components").iterdir() if path.is_dir()))

Object = dict[str, Any]

# What a component stands on besides the base.
NEEDS = {"spot": ("gpu",)}


def kubectl() -> str:
    """The binary that the development requirements bring, beside this Python."""
    return str(Path(sys.executable).parent / "kubectl")


def kustomize(folder: Path) -> str:
    """What ``kubectl kustomize`` prints; raises CalledProcessError."""
    return subprocess.run(
        [kubectl(), "kustomize", str(folder)], check=True, capture_output=True, text=True
    ).stdout


def objects_of(text: str) -> list[Object]:
    return [found for found in yaml.safe_load_all(text) if found is not None]


def yaml_of(objects: list[Object]) -> str:
    return yaml.safe_dump_all(objects)


@cache
def overlay(name: str) -> list[Object]:
    return objects_of(kustomize(DEPLOY / "overlays" / name))


@cache
def component(name: str) -> list[Object]:
    """The base with one component, and with those that it stands on."""
    wanted = [*NEEDS.get(name, ()), name]
    with tempfile.TemporaryDirectory() as folder:
        deploy = os.path.relpath(DEPLOY, Path(folder).resolve())
        written = {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "resources": [f"{deploy}/base"],
            "components": [f"{deploy}/components/{each}" for each in wanted],
        }
        (Path(folder) / "kustomization.yaml").write_text(yaml.safe_dump(written))
        return objects_of(kustomize(Path(folder)))


def everything() -> Iterator[tuple[str, Object]]:
    """Every object of every overlay, and of every component on the base, with where it is from."""
    for name in OVERLAYS:
        yield from ((f"overlays/{name}", found) for found in overlay(name))
    for name in COMPONENTS:
        yield from ((f"components/{name}", found) for found in component(name))


@cache
def distinct() -> list[tuple[str, Object]]:
    """The same, but what is the same twice comes once."""
    found: list[tuple[str, Object]] = []
    for where, each in everything():
        if not any(each == known for _, known in found):
            found.append((where, each))
    return found


class Container(NamedTuple):
    """A container of a pod; ``workload`` is the object whose pods have it."""

    where: str
    workload: Object
    pod: Object
    container: Object

    def __str__(self) -> str:
        return f"{self.where}: {name_of(self.workload)}/{self.container['name']}"

    @property
    def is_ours(self) -> bool:
        return str(self.container["image"]).startswith("nhance/")


def name_of(found: Object) -> str:
    return str(found["metadata"]["name"])


def pods() -> Iterator[tuple[str, Object, Object]]:
    """Where from, the workload and its pod's specification; what is the same twice comes once."""
    for where, found in distinct():
        if found["kind"] in ("Deployment", "StatefulSet", "Job"):
            yield where, found, found["spec"]["template"]["spec"]


def containers() -> Iterator[Container]:
    for where, workload, pod in pods():
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            yield Container(where, workload, pod, container)


def find(objects: list[Object], kind: str, name: str) -> Object:
    (found,) = (each for each in objects if (each["kind"], name_of(each)) == (kind, name))
    return found


def named(objects: list[Object], kind: str) -> dict[str, Object]:
    return {name_of(found): found for found in objects if found["kind"] == kind}
