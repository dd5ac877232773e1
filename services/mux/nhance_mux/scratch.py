"""The directories in which mux writes its files, and what a killed one left of them."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

_NAME = re.compile(r"nhance-mux-(\d+)-\w+")


@contextmanager
def scratch_directory(scratch: Path | None) -> Iterator[Path]:
    """A directory of one's own, under ``scratch`` or the system's temporary directory."""
    with TemporaryDirectory(prefix=f"nhance-mux-{os.getpid()}-", dir=scratch) as directory:
        yield Path(directory)


def clear(scratch: Path | None) -> None:
    """Remove what processes left that are no more; to be called before there is anything of ours.

    A container's process has the number of the one before it.
    """
    for directory in Path(scratch or gettempdir()).glob("nhance-mux-*"):
        name = _NAME.fullmatch(directory.name)
        if name and not _is_another(int(name[1])):
            shutil.rmtree(directory, ignore_errors=True)


def _is_another(pid: int) -> bool:
    if pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
