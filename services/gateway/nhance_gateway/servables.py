"""The models that there are, read from the names of directories: ``NAME/VERSION/``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import structlog
from pydantic import BaseModel, ValidationError

from nhance_kit.errors import ModelNotFound, Unavailable

log = structlog.get_logger()

ABOUT = Path("assets.extra") / "nhance.json"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_VERSION = re.compile(r"[0-9]{1,18}", re.ASCII)

Speed = Literal["live", "fast", "slow"]


class About(BaseModel):
    """What a version says of itself; what it does not say is unknown."""

    input: str | None = None
    speed: Speed | None = None


@dataclass(frozen=True)
class Servable:
    """A model and its versions, the oldest first; ``about`` is what the newest says of itself."""

    name: str
    versions: tuple[int, ...]
    about: About


def servables(directory: Path) -> list[Servable]:
    """All models that have a version, by name; raises Unavailable."""
    try:
        return [
            servable
            for entry in sorted(directory.iterdir())
            if entry.is_dir() and _NAME.fullmatch(entry.name) and (servable := _servable(entry))
        ]
    except OSError as error:
        raise Unavailable(f"The models can't be read: {error}") from error


def require_model(directory: Path, name: str) -> None:
    """Raises ModelNotFound, which names those that there are."""
    names = [servable.name for servable in servables(directory)]
    if name not in names:
        raise ModelNotFound(f"There is no model {name}; there are: {', '.join(names) or 'none'}.")


def _servable(folder: Path) -> Servable | None:
    versions = tuple(
        sorted(
            int(entry.name)
            for entry in folder.iterdir()
            if entry.is_dir() and _VERSION.fullmatch(entry.name)
        )
    )
    if not versions:
        return None
    return Servable(folder.name, versions, _about(folder / str(versions[-1]) / ABOUT))


def _about(file: Path) -> About:
    try:
        return About.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return About()
    except ValidationError as error:
        log.warning("about_not_valid", file=str(file), reason=str(error))
        return About()
