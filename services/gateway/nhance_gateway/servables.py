"""The models that there are, read from the names of directories: ``NAME/VERSION/``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from nhance_kit.errors import ModelNotFound, Unavailable

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_VERSION = re.compile(r"[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True)
class Servable:
    """A model and its versions, the oldest first."""

    name: str
    versions: tuple[int, ...]


def servables(directory: Path) -> list[Servable]:
    """All models that have a version, by name; raises Unavailable."""
    try:
        found = [
            Servable(entry.name, versions)
            for entry in sorted(directory.iterdir())
            if entry.is_dir() and _NAME.fullmatch(entry.name) and (versions := _versions(entry))
        ]
    except OSError as error:
        raise Unavailable(f"The models can't be read: {error}") from error
    return found


def require_model(directory: Path, name: str) -> None:
    """Raises ModelNotFound, which names those that there are."""
    names = [servable.name for servable in servables(directory)]
    if name not in names:
        raise ModelNotFound(f"There is no model {name}; there are: {', '.join(names) or 'none'}.")


def _versions(directory: Path) -> tuple[int, ...]:
    return tuple(
        sorted(
            int(entry.name)
            for entry in directory.iterdir()
            if entry.is_dir() and _VERSION.fullmatch(entry.name)
        )
    )
