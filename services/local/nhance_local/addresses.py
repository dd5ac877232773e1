"""Free ports, and directories that are short enough for a unix socket."""

from __future__ import annotations

import hashlib
import json
import os
import random
import socket
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path

from nhance_local.errors import LocalError
from nhance_local.settings import HOST

GRPC_OFFSET = 10_000  # SeaweedFS listens for gRPC that far above each of its ports
# Both a port and its gRPC port stay below Linux' ephemeral ports (32768 and up), which any
# outgoing connection of this machine may occupy between two starts.
LOWEST_PORT = 12_000
HIGHEST_PORT = 22_000

SOCKET_PATH_BYTES = 107  # sun_path of sockaddr_un less its final zero, unix(7)
LONGEST_SOCKET_NAME = len("/.s.PGSQL.5432.lock")


def is_free(port: int) -> bool:
    """Whether a server could listen on ``port`` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def free_port(taken: Sequence[int] = ()) -> int:
    """A port that is free, and whose gRPC port is free as well."""
    for _ in range(1000):
        port = random.randrange(LOWEST_PORT, HIGHEST_PORT)
        if port not in taken and is_free(port) and is_free(port + GRPC_OFFSET):
            return port
    raise LocalError("This machine has no free TCP port left between 12000 and 32000.")


def remembered_ports(file: Path, names: Sequence[str]) -> dict[str, int]:
    """A free port for each name: the one in ``file`` where that is still free, else a new one."""
    known: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    ports: dict[str, int] = {}
    for name in names:
        port = known.get(name)
        if port is None or not (is_free(port) and is_free(port + GRPC_OFFSET)):
            port = free_port([*known.values(), *ports.values()])
        ports[name] = port
    file.write_text(json.dumps(ports, indent=2) + "\n")
    return ports


def socket_dir(preferred: Path) -> Path:
    """``preferred``, or a short private directory that stands for it where its path is too long.

    Raises LocalError where somebody else has taken that place.
    """
    if len(os.fsencode(preferred)) + LONGEST_SOCKET_NAME <= SOCKET_PATH_BYTES:
        preferred.mkdir(mode=0o700, parents=True, exist_ok=True)
        return preferred
    digest = hashlib.sha256(os.fsencode(preferred)).hexdigest()[:12]
    short = Path(tempfile.gettempdir()) / f"nhance-{os.getuid()}-{digest}"
    short.mkdir(mode=0o700, exist_ok=True)
    found = short.lstat()
    # Root hands the directory to PostgreSQL's user, and so may find it in other hands.
    owned = os.getuid() in (0, found.st_uid)
    if not (owned and stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077):
        raise LocalError(f"{short} is not a private directory of yours; remove it.")
    return short
