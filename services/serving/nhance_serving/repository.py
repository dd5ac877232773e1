"""Follows the disk and the configuration: one thread that scans, loads and unloads.

What to do is ``plan``'s to say; what is served is in ``registry``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import structlog

from nhance_serving import disk
from nhance_serving.errors import ServingError, unknown
from nhance_serving.plan import ModelConfig, State, Step, aspired_versions, next_step
from nhance_serving.registry import Registry, Version
from nhance_serving.servable import Servable

log = structlog.get_logger()

Load = Callable[[str, int, Path], Servable]


class Repository:
    """Keeps a registry as the disk and the configuration want it.

    Until the first ``reconfigure`` the models are whatever directories the base path holds.
    """

    def __init__(
        self,
        base_path: Path,
        load: Load,
        poll_s: float,
        on_first_settled: Callable[[], None],
    ) -> None:
        """``on_first_settled`` runs once, when every model found has been loaded or has failed."""
        self.registry = Registry()
        self._base_path = base_path
        self._load = load
        self._poll_s = poll_s
        self._on_first_settled = on_first_settled
        self._changed = self.registry.changed
        self._configs: dict[str, ModelConfig] = {}
        self._configured = False
        self._aspired: dict[str, frozenset[int]] = {}
        self._wanted_round = 0
        self._settled_round = -1
        self._stopping = False
        self._thread = threading.Thread(target=self._follow, name="repository", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop following; a load under way is left to end by itself."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    @property
    def settled(self) -> bool:
        """Whether the first scan is done and every model found was loaded or has failed."""
        with self._changed:
            return self._settled_round >= 0

    def reconfigure(self, configs: Mapping[str, ModelConfig]) -> None:
        """Serve exactly these models from now on; returns once the new ones among them do.

        Raises ServingError: FAILED_PRECONDITION, and nothing changes, if a label names a version
        that is not AVAILABLE; UNKNOWN if a new model did not become available.
        """
        with self._changed:
            self.registry.label(configs)
            added = sorted(configs.keys() - self._configs.keys())
            self._configs = dict(configs)
            self._configured = True
            self._wanted_round += 1
            wanted = self._wanted_round
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._settled_round >= wanted or self._stopping)
            missing = [name for name in added if self.registry.latest(name) is None]
            if missing:
                raise unknown(self._describe(missing))
        log.info("models_reconfigured", models=sorted(configs))

    def _describe(self, missing: list[str]) -> str:
        described = []
        for name in missing:
            versions = self.registry.models.get(name, {}).values()
            errors = [version.error.message for version in versions if version.error]
            reason = f" due to error: {errors[-1]}" if errors else ": no version found"
            described.append(f"{{{name}{reason}}}")
        return f"{len(missing)} model(s) did not become available: {{{', '.join(described)}}}"

    def _follow(self) -> None:
        while True:
            with self._changed:
                current = self._wanted_round
            self._scan()
            while (step := self._next_step()) is not None:
                self._perform(*step)
            with self._changed:
                if self._stopping:
                    return
                first = self._settled_round < 0
                self._settled_round = current
                self._changed.notify_all()
            if first:
                self._on_first_settled()
            self._wait_for_more_than(current)

    def _wait_for_more_than(self, current: int) -> None:
        with self._changed:
            self._changed.wait_for(
                lambda: self._stopping or self._wanted_round > current, self._poll_s
            )

    def _scan(self) -> None:
        """Look at the disk and note which versions are wanted now."""
        with self._changed:
            configs, configured = self._configs, self._configured
        if not configured:
            try:
                configs = disk.find_models(self._base_path)
            except OSError as error:
                log.warning("base_path_unreadable", path=str(self._base_path), error=str(error))
                return
        found: dict[str, dict[int, Path]] = {name: {} for name in self._aspired.keys() - configs}
        for name, config in configs.items():
            try:
                found[name] = disk.find_versions(config.base_path)
            except OSError as error:
                log.warning("model_path_unreadable", model=name, error=str(error))
        with self._changed:
            if self._configured and not configured:
                return  # a configuration arrived meanwhile: the next round follows it
            self._configs = dict(configs)
            for name, paths in found.items():
                policy = configs[name].policy if name in configs else None
                self._aspired[name] = aspired_versions(policy, paths) if policy else frozenset()
                versions = self.registry.models.setdefault(name, {})
                _note_aspired(versions, {n: paths[n] for n in self._aspired[name]})

    def _next_step(self) -> tuple[Step, str, int] | None:
        with self._changed:
            if self._stopping:
                return None
            for name, versions in self.registry.models.items():
                states = {number: version.state for number, version in versions.items()}
                step = next_step(states, self._aspired[name])
                if step is not None:
                    return step[0], name, step[1]
        return None

    def _perform(self, step: Step, name: str, number: int) -> None:
        version = self.registry.models[name][number]
        if step is Step.LOAD:
            self._load_version(name, number, version)
        else:
            self._unload_version(name, number, version)

    def _load_version(self, name: str, number: int, version: Version) -> None:
        with self._changed:
            version.state = State.LOADING
        files = disk.fingerprint(version.path)
        try:
            servable = self._load(name, number, version.path)
        except ServingError as error:
            log.error("model_not_loaded", model=name, version=number, error=error.message)
            self._fail(version, error, files)
            return
        except Exception as error:  # a bug, but no reason to stop serving the other models
            log.exception("model_not_loaded", model=name, version=number)
            self._fail(version, unknown(repr(error)), files)
            return
        with self._changed:
            version.servable, version.state = servable, State.AVAILABLE
        log.info("model_loaded", model=name, version=number)

    def _fail(self, version: Version, error: ServingError, files: disk.Fingerprint) -> None:
        with self._changed:
            version.error, version.failed_with, version.state = error, files, State.END

    def _unload_version(self, name: str, number: int, version: Version) -> None:
        with self._changed:
            version.state = State.UNLOADING
            servable, version.servable = version.servable, None
            self._changed.wait_for(lambda: version.borrowers == 0 or self._stopping)
            if version.borrowers == 0 and servable is not None:
                servable.close()
                version.state = State.END
        log.info("model_unloaded", model=name, version=number)


def _note_aspired(versions: dict[int, Version], aspired: Mapping[int, Path]) -> None:
    """Put wanted versions that are new, back, or failed with other files, at START."""
    for number, version in versions.items():
        if version.state is State.START and number not in aspired:
            version.state = State.END
    for number, path in aspired.items():
        known = versions.get(number)
        if known is None or (known.state is State.END and _worth_loading(known, path)):
            versions[number] = Version(path)


def _worth_loading(version: Version, path: Path) -> bool:
    return version.error is None or disk.fingerprint(path) != version.failed_with
