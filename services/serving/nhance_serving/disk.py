"""Models and versions as they lie on disk: BASE/NAME/VERSION/saved_model.pb."""

from __future__ import annotations

import json
from pathlib import Path

import structlog

from nhance_serving.plan import Latest, ModelConfig, Policy, Specific

log = structlog.get_logger()

LABELS = "labels.json"
LABELLED = ("stable", "canary")
SAVED_MODEL = "saved_model.pb"

Fingerprint = tuple[tuple[str, int, int], ...]


def find_models(base_path: Path) -> dict[str, ModelConfig]:
    """Every directory of ``base_path`` that holds a version.

    The latest version is to be served, or those that ``labels.json`` names where it names any.
    Raises OSError if ``base_path`` cannot be read.
    """
    return {
        child.name: ModelConfig(child.name, child, _policy(child / LABELS))
        for child in base_path.iterdir()
        if child.is_dir() and find_versions(child)
    }


def _policy(labels: Path) -> Policy:
    try:
        said = json.loads(labels.read_bytes())
        versions = frozenset(int(version) for label, version in said.items() if label in LABELLED)
    except FileNotFoundError:
        return Latest()
    except (ValueError, TypeError, AttributeError) as error:
        log.warning("labels_not_valid", path=str(labels), error=str(error))
        return Latest()
    return Specific(versions) if versions else Latest()


def find_versions(model_path: Path) -> dict[int, Path]:
    """Version to directory, for each numbered directory with a SavedModel in it.

    Raises OSError if ``model_path`` cannot be read.
    """
    return {
        int(child.name): child
        for child in sorted(model_path.iterdir())
        if child.name.isdecimal() and (child / SAVED_MODEL).is_file()
    }


def fingerprint(version_path: Path) -> Fingerprint:
    """Name, size and time of every file: differs once a half-copied version is complete."""
    found = []
    for path in sorted(version_path.rglob("*")):
        try:
            stat = path.stat()
        except OSError:
            continue  # removed while we looked: the next poll sees what is left
        found.append((str(path.relative_to(version_path)), stat.st_size, stat.st_mtime_ns))
    return tuple(found)
