"""The versions that are known, their states, and the servables that may be borrowed.

Shared by the thread that loads and unloads (``repository``) and the threads that answer calls.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nhance_serving import disk
from nhance_serving.errors import ServingError, failed_precondition, invalid_argument, not_found
from nhance_serving.plan import ModelConfig, State
from nhance_serving.servable import Servable


@dataclass
class Version:
    """One version of one model; guarded by ``Registry.changed``."""

    path: Path
    state: State = State.START
    error: ServingError | None = None
    failed_with: disk.Fingerprint | None = None
    servable: Servable | None = None
    borrowers: int = 0


@dataclass(frozen=True)
class VersionStatus:
    """What GetModelStatus says about one version."""

    version: int
    state: State
    error: ServingError | None


class Registry:
    """Versions by model name and number, and labels.

    ``changed`` guards everything; it is notified when a borrower is done.
    """

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.models: dict[str, dict[int, Version]] = {}
        self._labels: dict[str, dict[str, int]] = {}

    @contextmanager
    def borrow(
        self, name: str, version: int | None = None, label: str | None = None
    ) -> Iterator[Servable]:
        """The servable of a version, of a label's version or of the latest version.

        It is not unloaded while borrowed. Raises ServingError: NOT_FOUND if no such version is
        being served, INVALID_ARGUMENT for an unknown label.
        """
        with self.changed:
            entry, servable = self._available(name, self._resolve(name, version, label))
            entry.borrowers += 1
        try:
            yield servable
        finally:
            with self.changed:
                entry.borrowers -= 1
                self.changed.notify_all()

    def statuses(
        self, name: str, version: int | None = None, label: str | None = None
    ) -> list[VersionStatus]:
        """The versions ever seen of a model, the highest first, or the one asked for.

        Raises ServingError NOT_FOUND if there is none, INVALID_ARGUMENT for an unknown label.
        """
        with self.changed:
            version = self._resolve(name, version, label)
            versions = self.models.get(name, {})
            if version is not None and version not in versions:
                raise not_found(f"Could not find version {version} of model {name}")
            if not versions:
                raise not_found(f"Could not find any versions of model {name}")
            chosen = sorted(versions, reverse=True) if version is None else [version]
            return [VersionStatus(n, versions[n].state, versions[n].error) for n in chosen]

    def label(self, configs: Mapping[str, ModelConfig]) -> None:
        """Replace all labels by those of ``configs``.

        Raises ServingError FAILED_PRECONDITION, changing nothing, if one names a version that is
        not AVAILABLE.
        """
        with self.changed:
            for config in configs.values():
                for version in config.labels.values():
                    entry = self.models.get(config.name, {}).get(version)
                    if entry is None or entry.state is not State.AVAILABLE:
                        raise failed_precondition(
                            f"Request to assign label to version {version} of model "
                            f"{config.name}, which is not currently available for inference"
                        )
            self._labels = {name: dict(config.labels) for name, config in configs.items()}

    def latest(self, name: str) -> int | None:
        """The highest version being served, if any."""
        with self.changed:
            versions = self.models.get(name, {})
            return max((n for n, v in versions.items() if v.state is State.AVAILABLE), default=None)

    def _resolve(self, name: str, version: int | None, label: str | None) -> int | None:
        if label is None:
            return version
        try:
            return self._labels[name][label]
        except KeyError:
            raise invalid_argument(f"Unrecognized servable version label: {label}") from None

    def _available(self, name: str, version: int | None) -> tuple[Version, Servable]:
        wanted = self.latest(name) if version is None else version
        entry = self.models.get(name, {}).get(wanted) if wanted is not None else None
        if entry is None or entry.state is not State.AVAILABLE or entry.servable is None:
            request = f"Latest({name})" if version is None else f"Specific({name}, {version})"
            raise not_found(f"Servable not found for request: {request}")
        return entry, entry.servable
