"""The supervisor, over programs that only sleep."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from nhance_local.errors import StartFailed
from nhance_local.program import Program
from tests.local.supervised import Supervised

SLEEPER = """
import os, signal, sys, time
name, notes = sys.argv[1:]
def note(what):
    with open(notes, "a") as file:
        file.write(f"{what} {name} {os.getpid()}\\n")
def end(*_):
    note("stopped")
    sys.exit()
signal.signal(signal.SIGTERM, end)
note("started")
time.sleep(600)
"""
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
ORPHANS = """
import asyncio, sys
from pathlib import Path
from nhance_local.program import Program
from nhance_local.supervisor import Supervisor
command = [sys.executable, "-c", sys.argv[1], "a", sys.argv[2]]
programs = [Program(name="a", command=command)]
supervisor = Supervisor(programs, Path(sys.argv[2]).parent, lambda line: None)
asyncio.run(supervisor.run(asyncio.Event(), lambda: None))
"""


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "notes"
    path.touch()
    return path


def sleeper(name: str, notes: Path, *after: str) -> Program:
    async def ready() -> bool:
        return name in dict(noted(notes, "started"))

    command = [sys.executable, "-S", "-c", SLEEPER, name, str(notes)]
    return Program(name=name, command=command, ready=ready, after=after)


def noted(notes: Path, what: str) -> list[tuple[str, int]]:
    words = [line.split() for line in notes.read_text().splitlines()]
    return [(name, int(pid)) for kind, name, pid in words if kind == what]


def soon(condition: Callable[[], bool], within_s: float = 5) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_starts_in_order_and_stops_in_reverse(tmp_path: Path, notes: Path) -> None:
    programs = [sleeper("c", notes, "b"), sleeper("a", notes), sleeper("b", notes, "a")]
    with Supervised(programs, tmp_path):
        pass
    assert [name for name, _ in noted(notes, "started")] == ["a", "b", "c"]
    assert [name for name, _ in noted(notes, "stopped")] == ["c", "b", "a"]


def test_a_killed_program_is_back_within_about_a_second(tmp_path: Path, notes: Path) -> None:
    with Supervised([sleeper("a", notes)], tmp_path) as supervised:
        os.kill(noted(notes, "started")[0][1], signal.SIGKILL)
        assert soon(lambda: len(noted(notes, "started")) == 2, within_s=1.5)
        assert soon(lambda: any("ready again" in line for line in supervised.lines))
    assert "a ended (killed by SIGKILL); starting it again" in supervised.lines
    assert not any(psutil.pid_exists(pid) for _, pid in noted(notes, "started"))


def test_a_program_that_never_starts_is_reported_with_its_last_words(tmp_path: Path) -> None:
    command = [sys.executable, "-S", "-c", "raise SystemExit('the disk is full')"]

    async def never() -> bool:
        return False

    with (
        pytest.raises(StartFailed, match=r"a does not start \(exit code 1\)(.|\n)*disk is full"),
        Supervised([Program(name="a", command=command, ready=never)], tmp_path),
    ):
        pass


def test_what_runs_once_makes_way_for_the_next(tmp_path: Path, notes: Path) -> None:
    once = Program(name="once", command=[sys.executable, "-S", "-c", ""], once=True)
    with Supervised([once, sleeper("a", notes, "once")], tmp_path) as supervised:
        assert supervised.lines[0].startswith("once ready")
        assert supervised.lines[1].startswith("a ready")


def test_a_program_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    deaf = Program(name="deaf", command=[sys.executable, "-S", "-c", DEAF], grace_s=0.3)
    with Supervised([deaf], tmp_path):
        started = time.monotonic()
        time.sleep(0.3)
    assert time.monotonic() - started < 5


def test_a_terminals_signals_reach_only_the_supervisor(tmp_path: Path, notes: Path) -> None:
    with Supervised([sleeper("a", notes)], tmp_path):
        pid = noted(notes, "started")[0][1]
        assert pid == os.getsid(pid)
        assert pid == os.getpgid(pid)


def test_programs_die_with_a_killed_supervisor(notes: Path) -> None:
    command = [sys.executable, "-c", ORPHANS, SLEEPER, str(notes)]
    with subprocess.Popen(command) as supervisor:
        assert soon(lambda: len(noted(notes, "started")) == 1)
        orphan = psutil.Process(noted(notes, "started")[0][1])
        supervisor.kill()
    assert soon(lambda: not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE)
