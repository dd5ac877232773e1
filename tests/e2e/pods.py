"""Processes that are started and stopped as Kubernetes starts and stops pods."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from tests.local_stack import ROOT, free_port

START_S = 120.0


class Pod:
    """A worker process. ``grace_s``: terminationGracePeriodSeconds."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], log: Path, grace_s: float
    ) -> None:
        self.killed = False
        self.terminated_s = 0.0
        self._grace_s = grace_s
        self._log = log
        port = free_port()
        self._readyz = f"http://127.0.0.1:{port}/readyz"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                env={**environment, "NHANCE_PORT": str(port)},
                stdout=output,
                stderr=output,
                cwd=ROOT,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_ready(self) -> None:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                if httpx.get(self._readyz, timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise TimeoutError(f"the pod did not start: {self._log.read_text()[-3000:]}")

    def terminate(self) -> None:
        """SIGTERM; ``terminated_s`` is the time of it, in seconds since 1970."""
        self.terminated_s = time.time()
        self._process.terminate()

    def wait_gone(self) -> None:
        """SIGKILL where the grace period was not enough."""
        try:
            self._process.wait(self._grace_s)
        except subprocess.TimeoutExpired:
            self.killed = True
            self._process.kill()
            self._process.wait()


class Pods:
    """The pods of one Deployment; they are gone when the block ends."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], log: Path, grace_s: float
    ) -> None:
        self.stopped: list[Pod] = []
        self._running: list[Pod] = []
        self._as = (command, environment, log, grace_s)

    def __enter__(self) -> Pods:
        return self

    def __exit__(self, *_: object) -> None:
        self.scale_in(0)

    def scale_out(self, count: int) -> None:
        """Wait until so many are ready."""
        new = [Pod(*self._as) for _ in range(count - len(self._running))]
        self._running += new
        for pod in new:
            pod.wait_ready()

    def scale_in(self, count: int) -> None:
        """All that are too many at once, the oldest of them."""
        surplus = self._running[: len(self._running) - count]
        del self._running[: len(surplus)]
        for pod in surplus:
            pod.terminate()
        for pod in surplus:
            pod.wait_gone()
        self.stopped += surplus

    def roll(self, min_ready_s: float = 0.0) -> None:
        """maxSurge 1, maxUnavailable 0: an old one goes when a new one is ready for so long."""
        count = len(self._running)
        for _ in range(count):
            self.scale_out(count + 1)
            time.sleep(min_ready_s)
            self.scale_in(count)
