"""A Docker engine for a test: the one that runs, or one of Debian's started for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

KEPT = Path("/var/tmp/nhance-docker")  # layers, from one run to the next
SOCKET = Path("/run/nhance-docker.sock")
OWN_BASE = "nhance-base:check"
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")


class NoEngine(Exception):
    """There is none, and none can be started."""


def run(*command: str | Path, **variables: str) -> str:
    """What a command prints; raises CalledProcessError with what it complained of."""
    done = subprocess.run(
        command,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=1200,
    )
    if done.returncode:
        raise AssertionError(f"{command}: {done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout


@contextmanager
def engine() -> Iterator[None]:
    """Docker's commands work within the block; raises NoEngine."""
    if shutil.which("docker") is None:
        raise NoEngine("no docker")
    if subprocess.run(["docker", "info"], capture_output=True).returncode == 0:
        yield
        return
    dockerd = shutil.which("dockerd")
    if dockerd is None or os.geteuid() != 0:
        raise NoEngine("no Docker engine")
    with Path("/var/tmp/nhance-dockerd.log").open("wb") as log:
        process = subprocess.Popen(
            [
                *(dockerd, f"--host=unix://{SOCKET}", f"--data-root={KEPT}"),
                *("--exec-root=/run/nhance-docker", "--pidfile=/run/nhance-docker.pid"),
                # Images are built and run on the host's network.
                *("--iptables=false", "--ip6tables=false", "--bridge=none"),
                "--storage-driver=overlay2",
            ],
            stdout=log,
            stderr=log,
        )
    os.environ["DOCKER_HOST"] = f"unix://{SOCKET}"
    try:
        for _ in range(60):
            if subprocess.run(["docker", "info"], capture_output=True).returncode == 0:
                break
            time.sleep(1)
        else:
            raise NoEngine("the Docker engine does not start")
        yield
    finally:
        del os.environ["DOCKER_HOST"]
        process.terminate()
        process.wait(60)


def base(folder: Path) -> str:
    """The image that services are built on: BASE, their own, or Debian's Python by debootstrap."""
    if named := os.environ.get("BASE"):
        return named
    if subprocess.run(["docker", "pull", "python:3.12-slim"], capture_output=True).returncode == 0:
        return "python:3.12-slim"
    if subprocess.run(["docker", "inspect", OWN_BASE], capture_output=True).returncode:
        root = folder / "root"
        packages = "--include=python3,python3-venv,ca-certificates"
        run("debootstrap", "--variant=minbase", packages, "bookworm", root)
        # A machine may trust more than Debian does, and builds have to.
        (root / AUTHORITIES.relative_to("/")).write_bytes(AUTHORITIES.read_bytes())
        tar = folder / "base.tar"
        without = ("--exclude=./var/cache/apt", "--exclude=./var/lib/apt/lists")
        run("tar", "-C", root, "-cf", tar, *without, ".")
        run("docker", "import", "-c", f"ENV PIP_CERT={AUTHORITIES}", str(tar), OWN_BASE)
    return OWN_BASE


def megabytes(image: str) -> float:
    return int(run("docker", "inspect", "-f", "{{.Size}}", image)) / 1e6
