"""Models and versions as they lie on disk: BASE/NAME/VERSION/saved_model.pb."""

from __future__ import annotations

from pathlib import Path

from nhance_serving.plan import ModelConfig

SAVED_MODEL = "saved_model.pb"

Fingerprint = tuple[tuple[str, int, int], ...]


def find_models(base_path: Path) -> dict[str, ModelConfig]:
    """Every directory of ``base_path`` that holds a version, to be served with the default policy.

    Raises OSError if ``base_path`` cannot be read.
    """
    return {
        child.name: ModelConfig(child.name, child)
        for child in base_path.iterdir()
        if child.is_dir() and find_versions(child)
    }


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
