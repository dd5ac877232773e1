"""What to know of a servable before choosing it, as JSON beside its SavedModel.

`assets.extra/nhance.json`: `input`, a sentence; `multiply_adds`, a pixel; `speed`, a class. Servers
leave alone what they do not know in that folder.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

FILE = Path("assets.extra") / "nhance.json"

# Measured at 720p on two cores of a Xeon: with 300 multiply-adds a pixel frames keep up with the
# clock, with 1,470 there are 16 of them a second, with 399,744 one in four seconds.
LIVE_MULTIPLY_ADDS = 500
FAST_MULTIPLY_ADDS = 5_000


class Speed(StrEnum):
    """How long people wait on an ordinary processor."""

    LIVE = "live"  # about as long as the video lasts
    FAST = "fast"  # a few times as long
    SLOW = "slow"  # far longer: for short videos, or with a GPU


@dataclass(frozen=True)
class About:
    """Which frames a servable takes, and what a pixel of theirs costs."""

    input: str
    multiply_adds: float

    @property
    def speed(self) -> Speed:
        """The class that the cost belongs to."""
        if self.multiply_adds <= LIVE_MULTIPLY_ADDS:
            return Speed.LIVE
        return Speed.FAST if self.multiply_adds <= FAST_MULTIPLY_ADDS else Speed.SLOW


def write(version: Path, about: About) -> None:
    """Adds the file to the folder of a version."""
    path = version / FILE
    path.parent.mkdir(exist_ok=True)
    facts = {
        "input": about.input,
        "multiply_adds": round(about.multiply_adds),
        "speed": about.speed,
    }
    path.write_text(json.dumps(facts, indent=2) + "\n")
