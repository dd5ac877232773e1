"""What the gateway is made of: neither TensorFlow nor PyAV, neither installed nor imported."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import requires

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

UNWANTED_DISTRIBUTIONS = {"tensorflow", "tensorflow-cpu", "tensorflow-serving-api", "keras", "av"}
UNWANTED_MODULES = {"tensorflow", "keras", "av", "nhance_media", "nhance_models"}


def closure(distribution: str) -> set[str]:
    """The names of all distributions that installing ``distribution`` brings along."""
    seen: set[tuple[str, frozenset[str]]] = set()
    todo = [Requirement(distribution)]
    while todo:
        wanted = todo.pop()
        node = (canonicalize_name(wanted.name), frozenset(wanted.extras))
        if node in seen:
            continue
        seen.add(node)
        for line in requires(wanted.name) or ():
            needed = Requirement(line)
            if needed.marker is None or any(
                needed.marker.evaluate({"extra": extra}) for extra in ("", *wanted.extras)
            ):
                todo.append(needed)
    return {name for name, _ in seen}


def test_nothing_unwanted_is_installed() -> None:
    found = closure("nhance-gateway")
    assert {"nhance-kit", "fastapi", "psycopg-binary", "boto3"} <= found
    assert set() == found & UNWANTED_DISTRIBUTIONS


def test_nothing_unwanted_is_imported() -> None:
    program = "import json, sys, nhance_gateway.app; print(json.dumps(list(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert set() == set(json.loads(run.stdout)) & UNWANTED_MODULES
