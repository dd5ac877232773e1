"""The images: what makes them is good style, and what is deployed is what is made."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.deploy.rendered import OVERLAYS, ROOT, containers

DOCKERFILES = sorted((ROOT / "services").glob("*/Dockerfile"))
SKAFFOLD = yaml.safe_load((ROOT / "skaffold.yaml").read_text())


def test_each_service_has_one() -> None:
    named = {path.parent.name for path in DOCKERFILES}
    assert {"gateway", "ingest", "enhance", "mux", "serving"} == named


def test_hadolint_has_nothing_to_say() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([hadolint, *DOCKERFILES], capture_output=True, text=True, check=False)
    assert ("", 0) == (done.stdout + done.stderr, done.returncode)


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_an_image_is_nobodys_and_says_what_it_is(path: Path) -> None:
    _, image = path.read_text().rsplit("\nFROM ", 1)
    assert "ARG BASE=python:3.12-slim\n" in path.read_text()
    assert "USER 10001:10001" in image
    assert f'ENTRYPOINT ["python", "-m", "nhance_{path.parent.name}"]' in image
    labels = set(re.findall(r"org\.opencontainers\.image\.(\w+)=", image))
    assert {"title", "description", "version", "revision"} == labels


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_only_hashed_requirements_and_our_own_wheels_are_installed(path: Path) -> None:
    text = path.read_text().replace("\\\n", "")
    installs = re.findall(r"pip (?:--python \S+ )?install [^&\n]*", text)
    assert 3 == len(installs)
    for command in installs:
        assert "--require-hashes" in command or ("--no-index" in command and "/wheels/" in command)


def test_what_is_deployed_is_what_skaffold_builds() -> None:
    built = {
        artifact["image"]: ROOT / artifact["docker"]["dockerfile"]
        for artifact in SKAFFOLD["build"]["artifacts"]
    }
    ours = {found.container["image"].partition(":")[0] for found in containers() if found.is_ours}
    assert ours == built.keys()
    assert all(path in DOCKERFILES for path in built.values())


def test_skaffold_deploys_overlays_that_there_are() -> None:
    paths = {
        path
        for profile in SKAFFOLD["profiles"]
        for path in profile["manifests"]["kustomize"]["paths"]
    }
    assert {"deploy/overlays/kind", "deploy/overlays/dev"} == paths
    assert {Path(path).name for path in paths} <= set(OVERLAYS)
    for name, command in (
        (profile["name"], hook["host"]["command"])
        for profile in SKAFFOLD["profiles"]
        for hook in profile.get("deploy", {}).get("kubectl", {}).get("hooks", {}).get("before", [])
    ):
        assert (ROOT / command[-1]).is_file(), name
