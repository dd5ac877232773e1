"""One stack to a data directory: a lock that ends with its process, and says what is up."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from nhance_local.errors import DataDirInUse

PATIENCE_S = 0.5


@dataclass(frozen=True)
class Stack:
    """A running stack: its supervisor, its gateway's address, whether all of it is ready."""

    pid: int
    url: str
    ready: bool


class Lock:
    """The held lock."""

    def __init__(self, file: IO[str], url: str) -> None:
        self._file = file
        self._url = url
        self.tell(ready=False)

    def tell(self, *, ready: bool) -> None:
        """Write what the holder is, in one write, so that a reader never sees half of it."""
        text = json.dumps(asdict(Stack(os.getpid(), self._url, ready)))
        os.pwrite(self._file.fileno(), text.ljust(256).encode(), 0)


@contextmanager
def held(data_dir: Path, url: str) -> Iterator[Lock]:
    """Hold the lock of ``data_dir``; raises DataDirInUse, naming the URL that is up."""
    path = data_dir / "lock"
    path.touch()
    with path.open("r+") as file:
        # Whoever only looks whether the lock is held takes it for an instant, too.
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise DataDirInUse(_in_use(data_dir)) from None
                time.sleep(0.05)
        file.truncate(0)
        yield Lock(file, url)
        file.truncate(0)


def holder(data_dir: Path) -> Stack | None:
    """The stack that runs on ``data_dir``, if one does."""
    try:
        with (data_dir / "lock").open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return Stack(**json.loads(file.read()))
    except (OSError, ValueError, TypeError):
        return None
    return None


def _in_use(data_dir: Path) -> str:
    stack = holder(data_dir)
    where = f", at {stack.url} (process {stack.pid})" if stack else ""
    return (
        f"A stack is already up on {data_dir}{where}. Use that one, stop it with Ctrl-C, "
        "or name another directory with --data and another port with --port."
    )
