"""A gateway for one command: the one that is named, the one that is up, or one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import Signals

from pydantic import SecretStr
from rich.console import Console

from nhance_local import lock
from nhance_local.addresses import free_port, is_free
from nhance_local.client import Gateway
from nhance_local.errors import LocalError, StartFailed
from nhance_local.program import Program, spawn
from nhance_local.settings import LocalSettings
from nhance_local.stack import make_data_dir

READY_LIMIT_S = 300.0
STOP_LIMIT_S = 60.0


@contextmanager
def gateway_for(settings: LocalSettings, console: Console) -> Iterator[Gateway]:
    """A gateway that answers; a stack that was started for it is stopped again.

    Raises LocalError where none can be had.
    """
    if settings.url is not None:
        with _client(settings.url, settings.key) as gateway:
            yield gateway
    elif lock.holder(settings.data_dir) is not None:
        with _client(_ready_url(settings.data_dir), settings.key) as gateway:
            yield gateway
    else:
        with _own_stack(settings, console) as url, _client(url, settings.key) as gateway:
            yield gateway


@contextmanager
def running_gateway(settings: LocalSettings) -> Iterator[Gateway]:
    """A gateway that is up already; raises LocalError where none is."""
    stack = lock.holder(settings.data_dir)
    url = settings.url or (stack.url if stack else None)
    if url is None:
        raise LocalError("No gateway is up. Start one with `nhance up`, or set NHANCE_URL.")
    with _client(url, settings.key) as gateway:
        yield gateway


@contextmanager
def _client(url: str, key: SecretStr | None) -> Iterator[Gateway]:
    gateway = Gateway(url, key)
    try:
        yield gateway
    finally:
        gateway.close()


@dataclass(frozen=True)
class _Child:
    """The ``nhance up`` that this command started, and where its words go."""

    process: subprocess.Popen[bytes]
    log: Path
    log_start: int

    def words(self) -> str:
        return self.log.read_bytes()[self.log_start :].decode(errors="replace").strip()


@contextmanager
def _own_stack(settings: LocalSettings, console: Console) -> Iterator[str]:
    make_data_dir(settings.data_dir)
    port = settings.port if is_free(settings.port) else free_port()
    log = settings.logs_dir / "up.log"
    program = Program(
        name="up",
        command=[
            *(sys.executable, "-m", "nhance_local", "up"),
            *("--data", str(settings.data_dir), "--port", str(port)),
        ],
        environment={
            **os.environ,
            "NHANCE_SERVABLES_DIR": str(settings.servables_dir.absolute()),
        },
        death_signal=Signals.SIGTERM,
    )
    log_start = log.stat().st_size if log.exists() else 0
    child = _Child(spawn(program, log), log, log_start)
    try:
        message = f"Starting the local stack (its logs: {settings.logs_dir})"
        if console.is_terminal:
            with console.status(message):
                url = _ready_url(settings.data_dir, child)
        else:
            console.print(message, highlight=False, soft_wrap=True)
            url = _ready_url(settings.data_dir, child)
        yield url
    finally:
        _stop(child.process)


def _ready_url(data_dir: Path, child: _Child | None = None) -> str:
    """The URL of the stack on ``data_dir`` once all of it is ready."""
    deadline = time.monotonic() + READY_LIMIT_S
    while time.monotonic() < deadline:
        if child is not None and child.process.poll() is not None:
            raise StartFailed(f"The local stack does not start.\n{child.words()}")
        stack = lock.holder(data_dir)
        if stack is not None and stack.ready:
            return stack.url
        if stack is None and child is None:
            raise StartFailed("The stack that was starting has ended.")
        time.sleep(0.1)
    raise StartFailed(f"The local stack is not ready after {READY_LIMIT_S:.0f} s.")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
