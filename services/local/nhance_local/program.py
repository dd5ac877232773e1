"""A program of the stack, and how to start it so that it never outlives its supervisor."""

from __future__ import annotations

import asyncio
import ctypes
import os
import pwd
import signal
import subprocess
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals

PR_SET_PDEATHSIG = 1  # linux/prctl.h
LOG_BYTES_KEPT = 16 << 20
POLL_S = 0.05

_prctl = ctypes.CDLL(None, use_errno=True).prctl

Probe = Callable[[], Awaitable[bool]]


async def _at_once() -> bool:
    return True


@dataclass(frozen=True)
class Program:
    """What to run, when it counts as ready, and how to end it.

    ``after`` names the programs that must be ready before this one starts; they are stopped
    after it. ``once``: it does its work and ends; ending well makes it ready. ``prepare`` runs
    before each start.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    ready: Probe = _at_once
    after: tuple[str, ...] = ()
    once: bool = False
    prepare: Callable[[], None] | None = None
    user: pwd.struct_passwd | None = None
    stop_signal: Signals = Signals.SIGTERM
    death_signal: Signals = Signals.SIGKILL
    grace_s: float = 10.0


def spawn(program: Program, log: Path) -> subprocess.Popen[bytes]:
    """Start ``program``, its output appended to ``log``.

    It leads a session of its own, so that a terminal's Ctrl-C reaches the supervisor alone; and
    the kernel sends it ``death_signal`` when the supervisor dies without having stopped it.
    Call it from the main thread: that signal comes at the end of the thread that forked.
    """
    supervisor = os.getpid()
    death_signal = int(program.death_signal)

    def die_with_supervisor() -> None:
        _prctl(PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != supervisor:
            os._exit(1)

    if log.exists() and log.stat().st_size > LOG_BYTES_KEPT:
        log.replace(log.with_suffix(".log.1"))
    with log.open("ab") as output:
        return subprocess.Popen(
            list(program.command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(program.environment),
            # A working directory that the program's user can surely enter.
            cwd="/",
            start_new_session=True,
            user=None if program.user is None else program.user.pw_uid,
            group=None if program.user is None else program.user.pw_gid,
            extra_groups=None if program.user is None else [],
            preexec_fn=die_with_supervisor,
        )


async def ended(process: subprocess.Popen[bytes]) -> int:
    """Wait for the end; the exit code, negative for a signal."""
    while (code := process.poll()) is None:  # noqa: ASYNC110  # asyncio knows no such event
        await asyncio.sleep(POLL_S)
    return code


async def stop(process: subprocess.Popen[bytes], program: Program, grace_s: float) -> None:
    """Ask a process to end, and kill it and its children if it has not within ``grace_s``."""
    if process.poll() is None:
        process.send_signal(program.stop_signal)
        try:
            await asyncio.wait_for(ended(process), grace_s)
        except TimeoutError:
            process.kill()
            await ended(process)
    kill_group(process)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill what a process that has ended left behind in its group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def how_it_ended(code: int) -> str:
    """An exit code in words."""
    if code < 0:
        return f"killed by {Signals(-code).name}"
    return f"exit code {code}"
