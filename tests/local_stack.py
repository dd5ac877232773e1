"""The local stack as a context: started as a person starts it, with its processes at hand."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import numpy as np
import psutil
from numpy.typing import NDArray

ROOT = Path(__file__).parents[1]
SERVABLES = ROOT / "models/servables"
START_S = 180.0
# Of what the stack logged, a failing test shows all but this, so many lines of each service.
ORDINARY = re.compile(r'"level": "(debug|info)"|^I\d{4} | LOG:  |^Svt\[info\]|^$')
NEWEST, LINE = 8, 600


def servables_with(folder: Path, *names: str) -> Path:
    """A directory of servables: those that ship, and ``identity`` and ``dped`` made on demand.

    The weights of this ``dped`` are random: it costs what the published one does.
    """
    from nhance_models import servable

    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        if name == "identity":
            servable.export(servable.identity(), folder, name, 1)
        elif name == "dped":
            servable.export(servable.dped_servable(random_dped(seed=1)), folder, name, 1)
        else:
            shutil.copytree(SERVABLES / name, folder / name)
    return folder


def random_dped(seed: int) -> dict[str, NDArray[np.float32]]:
    """Weights of a DPED generator that was never trained, under the names of a checkpoint's."""
    from nhance_models import dped

    rng = np.random.default_rng(seed)
    weights = {}
    for layer in dped.layers():
        shape = (layer.kernel, layer.kernel, layer.inputs, layer.outputs)
        weights[f"W{layer.number}"] = rng.normal(0, 0.01, shape).astype(np.float32)
        weights[f"b{layer.number}"] = np.zeros(layer.outputs, np.float32)
        if layer.normalised:
            weights[f"scale{layer.number}"] = np.ones(layer.outputs, np.float32)
            weights[f"shift{layer.number}"] = np.zeros(layer.outputs, np.float32)
    return weights


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class LocalStack:
    """``nhance up`` in a process of its own, ready when the block is entered."""

    def __init__(self, data: Path, servables: Path, workers: int = 1, **settings: str) -> None:
        self.data = data
        self._log = data.parent / f"{data.name}.log"
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._environment = {
            **os.environ,
            "NHANCE_SERVABLES_DIR": str(servables),
            "NHANCE_ENHANCE_WORKERS": str(workers),
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        command = [sys.executable, "-m", "nhance_local", "up"]
        self.data.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--data", str(self.data), "--port", str(self._port)],
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            try:
                if self._all_ready():
                    return
            except httpx.TransportError:
                pass
            if self._process.poll() is not None:
                break
            time.sleep(0.2)
        self.stop()
        raise TimeoutError(f"the stack did not start: {self._log.read_text()[-3000:]}")

    def stop(self) -> None:
        """End it; a test that fails shows what its services complained of."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(60)
            finally:
                self._process.kill()
            self._process = None
            print("\n".join(self._complaints()))

    def _complaints(self) -> list[str]:
        """The newest lines of the logs that are no service's ordinary course."""
        found = []
        for log in [self._log, *sorted((self.data / "logs").glob("*.log"))]:
            lines = log.read_text(errors="replace").splitlines()
            odd = [line for line in lines if not ORDINARY.search(line)]
            found += [f"{log.stem}: {line[:LINE]}" for line in odd[-NEWEST:]]
        return found

    def processes(self, name: str) -> list[psutil.Process]:
        """The processes of one program: ``gateway``, ``enhance``, ``postgres``, ``weed`` …"""
        assert self._process is not None
        wanted = {f"nhance_{name}", name}
        found = []
        for child in psutil.Process(self._process.pid).children():
            words = {Path(word).name for word in child.cmdline()}
            if words & wanted:
                found.append(child)
        return found

    @property
    def serving_address(self) -> str:
        """Where the model server listens."""
        (serving,) = self.processes("serving")
        return serving.environ()["NHANCE_SERVING_GRPC_ADDRESS"]

    @property
    def environment(self) -> dict[str, str]:
        """The settings with which the services run."""
        (gateway,) = self.processes("gateway")
        return gateway.environ()

    def _all_ready(self) -> bool:
        """Whether every service has said so, and not just the gateway."""
        if httpx.get(f"{self.url}/readyz", timeout=5).status_code != 200:
            return False
        for name in ("ingest", "enhance", "mux"):
            workers = self.processes(name)
            if not workers:
                return False
            for worker in workers:
                port = worker.environ()["NHANCE_PORT"]
                if httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code != 200:
                    return False
        return True
