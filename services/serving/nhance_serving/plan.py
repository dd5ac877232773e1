"""Which versions should be served, and what to do next to get there. No I/O.

The states are those of ``tensorflow.serving.ModelVersionStatus``; the policies those of
``FileSystemStoragePathSourceConfig.ServableVersionPolicy``.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path


class State(enum.IntEnum):
    """Numbers as on the wire."""

    START = 10
    LOADING = 20
    AVAILABLE = 30
    UNLOADING = 40
    END = 50


@dataclass(frozen=True)
class Latest:
    """The ``count`` highest versions."""

    count: int = 1


@dataclass(frozen=True)
class Every:
    """All versions on disk."""


@dataclass(frozen=True)
class Specific:
    """These versions, as far as they are on disk."""

    versions: frozenset[int]


Policy = Latest | Every | Specific


@dataclass(frozen=True)
class ModelConfig:
    """One model to serve: where its versions are and which of them are wanted."""

    name: str
    base_path: Path
    policy: Policy = Latest()
    labels: dict[str, int] = field(default_factory=dict)


class Step(enum.Enum):
    LOAD = "load"
    UNLOAD = "unload"


def aspired_versions(policy: Policy, on_disk: Collection[int]) -> frozenset[int]:
    """The versions, of those on disk, that ``policy`` wants served."""
    match policy:
        case Latest(count):
            return frozenset(sorted(on_disk)[-max(count, 1) :])
        case Specific(versions):
            return versions & frozenset(on_disk)
        case Every():
            return frozenset(on_disk)


def next_step(states: dict[int, State], aspired: Collection[int]) -> tuple[Step, int] | None:
    """The next thing to do for one model, or None if there is nothing.

    Availability preserving (tensorflow_serving/core/availability_preserving_policy.cc): a version
    that is no longer wanted goes once a wanted one is served, once none is wanted, or while
    another unwanted one stays; until then it goes on serving.
    """
    available = {version for version, state in states.items() if state is State.AVAILABLE}
    unwanted = available - set(aspired)
    if unwanted and (not aspired or available & set(aspired) or len(unwanted) > 1):
        return Step.UNLOAD, min(unwanted)
    waiting = _waiting(states, aspired)
    return (Step.LOAD, max(waiting)) if waiting else None


def _waiting(states: dict[int, State], aspired: Iterable[int]) -> list[int]:
    return [version for version in aspired if states.get(version) is State.START]
