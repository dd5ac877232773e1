"""What this machine lacks, and the remedy."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from nhance_local import accounts, lock, postgres, s3
from nhance_local.addresses import is_free
from nhance_local.errors import LocalError
from nhance_local.settings import LocalSettings

OLDEST_PYTHON = (3, 11)
FIRST_PYTHON_TOO_NEW = (3, 14)
DISK_BYTES = 5 << 30
MEMORY_BYTES = 3 << 30
SERVICES = ("gateway", "ingest", "enhance", "mux", "serving")


@dataclass(frozen=True)
class Finding:
    """One thing looked at; ``detail`` is what was found, or the remedy if it is not ``ok``."""

    what: str
    ok: bool
    detail: str


def examine(settings: LocalSettings) -> list[Finding]:
    """All findings, in the order in which to mend what is missing."""
    return [
        _python(),
        _services(),
        _runs("PostgreSQL", lambda: postgres.binary("postgres"), "--version"),
        _runs("SeaweedFS", s3.weed, "version"),
        _server_user(),
        _writable(settings.data_dir),
        _disk(settings.data_dir),
        _memory(),
        _servables(settings.servables_dir),
        _port(settings),
    ]


def _python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    ok = OLDEST_PYTHON <= sys.version_info[:2] < FIRST_PYTHON_TOO_NEW
    return Finding("Python", ok, found if ok else f"{found} is here; install 3.11, 3.12 or 3.13")


def _services() -> Finding:
    lacking = [name for name in SERVICES if importlib.util.find_spec(f"nhance_{name}") is None]
    if lacking:
        packages = " ".join(f"nhance-{name}" for name in lacking)
        return Finding("services", False, f"install the packages {packages}")
    return Finding("services", True, ", ".join(SERVICES))


def _runs(what: str, find: Callable[[], Path], argument: str) -> Finding:
    try:
        done = subprocess.run(
            [str(find()), argument], capture_output=True, text=True, timeout=30, check=True
        )
    except LocalError as error:
        return Finding(what, False, f"{error} Install nhance's packages anew.")
    except (OSError, subprocess.SubprocessError) as error:
        return Finding(what, False, f"its binary does not run here ({error})")
    return Finding(what, True, done.stdout.strip().splitlines()[0])


def _server_user() -> Finding:
    what = "user for PostgreSQL"
    if os.geteuid() != 0:
        return Finding(what, True, pwd.getpwuid(os.geteuid()).pw_name)
    try:
        user = accounts.server_user()
    except LocalError as error:
        return Finding(what, False, str(error))
    return Finding(what, True, user.pw_name if user else "root")


def _writable(data_dir: Path) -> Finding:
    there = _nearest(data_dir)
    ok = os.access(there, os.W_OK | os.X_OK)
    remedy = f"{there} cannot be written; name another directory with --data"
    return Finding("data directory", ok, str(data_dir) if ok else remedy)


def _disk(data_dir: Path) -> Finding:
    free = shutil.disk_usage(_nearest(data_dir)).free
    ok = free >= DISK_BYTES
    remedy = f"free some {(DISK_BYTES - free) / 2**30:.1f} GiB, or name another place with --data"
    return Finding("free disk", ok, f"{free / 2**30:.1f} GiB" if ok else remedy)


def _memory() -> Finding:
    free = psutil.virtual_memory().available
    ok = free >= MEMORY_BYTES
    remedy = f"{free / 2**30:.1f} GiB are available, and 3 are needed; end other programs"
    return Finding("free memory", ok, f"{free / 2**30:.1f} GiB" if ok else remedy)


def _servables(directory: Path) -> Finding:
    names = sorted({path.parent.parent.name for path in directory.glob("*/*/saved_model.pb")})
    remedy = f"there is none in {directory}; set NHANCE_SERVABLES_DIR to where they are"
    return Finding("servables", bool(names), ", ".join(names) if names else remedy)


def _port(settings: LocalSettings) -> Finding:
    what = f"port {settings.port}"
    stack = lock.holder(settings.data_dir)
    if stack is not None:
        return Finding(what, True, f"nhance is up at {stack.url}")
    ok = is_free(settings.port)
    return Finding(what, ok, "free" if ok else "another program has it; use --port or NHANCE_PORT")


def _nearest(path: Path) -> Path:
    """``path`` or the first directory above it that exists."""
    return next(above for above in (path, *path.parents) if above.exists())
