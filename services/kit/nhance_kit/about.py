"""What a version of a servable says of itself, in a file beside its SavedModel."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import structlog
from pydantic import BaseModel, ValidationError

from nhance_kit.queue import Cost

log = structlog.get_logger()

ABOUT = Path("assets.extra") / "nhance.json"

Speed = Literal["live", "fast", "slow"]


class About(BaseModel):
    """What it does not say is unknown."""

    input: str | None = None
    speed: Speed | None = None

    @property
    def cost(self) -> Cost:
        """Light is what says that it is: who takes heavy work can do any."""
        return Cost.LIGHT if self.speed in ("live", "fast") else Cost.HEAVY


def about(found: bytes, where: str) -> About:
    """What the file's content says; nothing where it is not valid. ``where`` is for the log."""
    try:
        return About.model_validate_json(found)
    except ValidationError as error:
        log.warning("about_not_valid", file=where, reason=str(error))
        return About()


def about_version(folder: Path) -> About:
    """What the version in ``folder`` says of itself; raises OSError."""
    file = folder / ABOUT
    try:
        return about(file.read_bytes(), str(file))
    except FileNotFoundError:
        return About()
