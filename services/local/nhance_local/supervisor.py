"""Keeps programs running: starts them in order, restarts what crashes, stops them in reverse."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from nhance_local.errors import StartFailed
from nhance_local.program import Program, ended, how_it_ended, kill_group, spawn, stop

PROBE_S = 0.1
START_LIMIT_S = 240.0
VAIN_STARTS = 6
FIRST_DELAY_S = 0.2
LONGEST_DELAY_S = 10.0
STEADY_S = 10.0  # after so long a life, a crash counts as the first one
TAIL_LINES = 12


class Supervisor:
    """Runs ``programs`` until told to stop. ``say`` gets a line for a person now and then."""

    def __init__(
        self, programs: Sequence[Program], logs_dir: Path, say: Callable[[str], None]
    ) -> None:
        self._programs = {program.name: program for program in programs}
        self._logs_dir = logs_dir
        self._say = say
        self._ready = {program.name: asyncio.Event() for program in programs}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._hurry = asyncio.Event()

    async def run(self, stopped: asyncio.Event, on_ready: Callable[[], None]) -> None:
        """Until ``stopped`` is set; raises StartFailed where a program does not come up."""
        for program in self._programs.values():
            self._keepers[program.name] = asyncio.create_task(self._keep(program))
        stopping = asyncio.create_task(stopped.wait())
        up = asyncio.create_task(self._all_ready())
        up.add_done_callback(lambda task: None if task.cancelled() else on_ready())
        try:
            running = {stopping, *self._keepers.values()}
            while not stopping.done():
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
        finally:
            up.cancel()
            stopping.cancel()
            await self._stop_all()

    def hurry(self) -> None:
        """From now on, kill instead of asking."""
        self._hurry.set()

    async def _all_ready(self) -> None:
        for event in self._ready.values():
            await event.wait()

    async def _keep(self, program: Program) -> None:
        for name in program.after:
            await self._ready[name].wait()
        crashes = 0
        first = time.monotonic()
        while True:
            started = time.monotonic()
            process = self._start(program)
            probing = asyncio.create_task(self._probe(program, process, started))
            code = await ended(process)
            probing.cancel()
            kill_group(process)
            if program.once and code == 0:
                self._announce(program, started)
                return
            crashes = 1 if time.monotonic() - started > STEADY_S else crashes + 1
            up_before = self._ready[program.name].is_set()
            if not up_before and (
                crashes >= VAIN_STARTS or time.monotonic() - first > START_LIMIT_S
            ):
                raise StartFailed(
                    f"{program.name} does not start ({how_it_ended(code)}).\n{self._tail(program)}"
                )
            if up_before:
                self._say(f"{program.name} ended ({how_it_ended(code)}); starting it again")
            await asyncio.sleep(min(LONGEST_DELAY_S, FIRST_DELAY_S * 2 ** (crashes - 1)))

    def _start(self, program: Program) -> subprocess.Popen[bytes]:
        if program.prepare is not None:
            program.prepare()
        process = spawn(program, self._log(program))
        self._processes[program.name] = process
        return process

    async def _probe(
        self, program: Program, process: subprocess.Popen[bytes], started: float
    ) -> None:
        """Tell when it is ready; one that never gets there is ended, which counts as a crash."""
        if program.once:
            return
        while not await program.ready():
            if time.monotonic() - started > START_LIMIT_S:
                process.kill()
                return
            await asyncio.sleep(PROBE_S)
        self._announce(program, started)

    def _announce(self, program: Program, started: float) -> None:
        again = " again" if self._ready[program.name].is_set() else ""
        self._ready[program.name].set()
        self._say(f"{program.name} ready{again} ({time.monotonic() - started:.1f} s)")

    async def _stop_all(self) -> None:
        """Dependents first. Cancelling the keepers beforehand means that nothing comes back."""
        for keeper in self._keepers.values():
            keeper.cancel()
        await asyncio.gather(*self._keepers.values(), return_exceptions=True)
        by_depth: dict[int, list[Program]] = {}
        for program in self._programs.values():
            by_depth.setdefault(self._depth(program), []).append(program)
        for depth in sorted(by_depth, reverse=True):
            await asyncio.gather(*(self._stop(program) for program in by_depth[depth]))

    async def _stop(self, program: Program) -> None:
        process = self._processes.get(program.name)
        if process is None:
            return
        stopping = asyncio.create_task(stop(process, program, program.grace_s))
        hurrying = asyncio.create_task(self._hurry.wait())
        await asyncio.wait({stopping, hurrying}, return_when=asyncio.FIRST_COMPLETED)
        hurrying.cancel()
        if not stopping.done():
            process.kill()
        await stopping

    def _depth(self, program: Program) -> int:
        return max((1 + self._depth(self._programs[name]) for name in program.after), default=0)

    def _log(self, program: Program) -> Path:
        return self._logs_dir / f"{program.name}.log"

    def _tail(self, program: Program) -> str:
        log = self._log(program)
        lines = log.read_text(errors="replace").splitlines()[-TAIL_LINES:]
        return "\n".join([*(f"    {line}" for line in lines), f"The rest is in {log}."])
