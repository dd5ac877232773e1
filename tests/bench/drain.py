"""The queue alone: worker processes drain batches that cost nothing, and some are killed meanwhile.

Run as ``make drain``. Real workers, each a process, take batches through the real job store from
the real PostgreSQL and do nothing with them, so that what is measured is what PostgreSQL and the
queue can carry. Some workers are killed with SIGKILL on the way. In the end every batch must be
done, its one warning noted once, and every job have one mux task. What a killed worker had in hand
waits until it is taken over (NHANCE_STALLED_S).
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import random
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
import psutil
import psycopg

from nhance_kit.jobs import JobOptions, Source
from nhance_kit.queue import make_queue
from nhance_kit.settings import Settings
from nhance_kit.store import JobStore, new_job_id
from tests.bench.draining import BATCHES_AT_ONCE, FRAMES, work

BATCHES_PER_JOB = 14  # as the average video of deploy/SCALING.md has
CONNECTIONS = 500  # a worker may have eight, and fifty of them more than a local stack allows
CUT_AT_ONCE = 8
LOOK_S = 1.0
REPORT_S = 10.0


@dataclass(frozen=True)
class Figures:
    """``fetch_ms``: of each time that a worker asked for a task and got one."""

    seconds: float
    again: int
    fetch_ms: list[float]
    postgres_s: float

    def lines(self, batches: int) -> list[str]:
        p50, p99 = np.percentile(self.fetch_ms, (50, 99))
        return [
            f"{batches:,} batches in {self.seconds:.1f} s: {batches / self.seconds:.0f} a second",
            f"taking one: p50 {p50:.1f} ms, p99 {p99:.1f} ms",
            f"PostgreSQL: {self.postgres_s:.1f} s of processor time,"
            f" {1000 * self.postgres_s / batches:.2f} ms for each batch",
            f"begun again after a kill: {self.again}",
        ]


async def cut(store: JobStore, tenant: str, batches: int) -> list[str]:
    """Jobs with so many batches in all, every one of which waits; the jobs' ids."""

    async def one(size: int) -> str:
        job = await store.create(
            tenant, new_job_id(), Source("drain.mp4", 1, "0" * 64), JobOptions()
        )
        await store.steps.ingest_started(job.id)
        await store.steps.batches_cut(job.id, {}, [FRAMES] * size, [])
        return job.id

    sizes = [min(BATCHES_PER_JOB, batches - cut) for cut in range(0, batches, BATCHES_PER_JOB)]
    ids: list[str] = []
    for first in range(0, len(sizes), CUT_AT_ONCE):
        ids += await asyncio.gather(*map(one, sizes[first : first + CUT_AT_ONCE]))
    return ids


BATCHES = "FROM batches JOIN jobs ON jobs.id = job_id WHERE tenant = %(tenant)s"
TASKS = """FROM procrastinate_jobs JOIN jobs ON jobs.id = args->>'job_id'
           WHERE tenant = %(tenant)s AND task_name ="""
# Asked of the jobs alone, again and again: the tasks and batches are too many to count meanwhile.
UNDONE = "SELECT count(*) FROM jobs WHERE tenant = %(tenant)s AND state = 'enhancing'"
UNTOUCHED = f"{UNDONE} AND encoder IS NULL"
WARNED = "SELECT sum(jsonb_array_length(warnings)) FROM jobs WHERE tenant = %(tenant)s"
LEFT = f"SELECT count(*) {TASKS} 'enhance'"
MUXES = f"SELECT count(*) {TASKS} 'mux'"
DONE = f"SELECT count(*) {BATCHES} AND batches.finished_at IS NOT NULL"
BEGUN = f"SELECT sum(attempts) {BATCHES}"


async def count(store: JobStore, tenant: str, query: str) -> int:
    async with store.database.transaction() as connection:
        cursor = await connection.execute(f"SELECT ({query})::int AS count", {"tenant": tenant})
        row = await cursor.fetchone()
    assert row is not None
    return int(row["count"])


def processor_s(server: psutil.Process) -> float:
    """Of PostgreSQL and of all its sessions, those that have ended included."""
    own = server.cpu_times()
    total = own.user + own.system + own.children_user + own.children_system
    for session in server.children(recursive=True):
        try:
            times = session.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system
    return float(total)


def postmaster(database_url: str) -> psutil.Process:
    with psycopg.connect(database_url) as connection:
        session = psutil.Process(connection.info.backend_pid)
        server = session.parent()
    assert server is not None
    return server


async def drain(
    settings: Settings, folder: Path, *, workers: int, batches: int, kills: int
) -> Figures:
    """Raises AssertionError where something was lost, or was doubled in effect."""
    store = JobStore(settings.database_url, make_queue())
    await store.open()
    tenant = f"drain-{new_job_id()}"
    jobs = await cut(store, tenant, batches)
    assert kills < len(jobs), "workers are killed between jobs"
    server = postmaster(settings.database_url)
    # Started from a server that has imported everything: fifty times that would take minutes.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.bench.draining"])
    files = [folder / f"{number}.npy" for number in range(workers)]
    team: list[BaseProcess] = [
        context.Process(target=work, args=(settings, file), name=file.stem) for file in files
    ]
    for one in team:
        one.start()
    try:
        at_left = [len(jobs) * (kills - number) // (kills + 1) for number in range(kills)]
        chance = random.Random(1)
        before_s, began = processor_s(server), time.monotonic()
        told = began
        while left := await count(store, tenant, UNDONE):
            if left == len(jobs) and await count(store, tenant, UNTOUCHED) == left:
                # The clock runs from the first one on: starting is not what is measured.
                before_s, began = processor_s(server), time.monotonic()
            if at_left and left <= at_left[0]:
                at_left.pop(0)
                victim = team.pop(chance.randrange(len(team)))
                victim.kill()
                victim.join()
            if time.monotonic() - told > REPORT_S:
                told = time.monotonic()
                print(f"{left:,} jobs left after {told - began:.0f} s", file=sys.stderr)
            assert all(one.is_alive() for one in team), "a worker ended by itself"
            await asyncio.sleep(LOOK_S)
        seconds, used_s = time.monotonic() - began, processor_s(server) - before_s
    finally:
        for one in team:
            one.terminate()
        for one in team:
            one.join()
    again = await check(store, tenant, len(jobs), batches)
    assert 0 <= again <= kills * BATCHES_AT_ONCE, f"{again} batches were begun again"
    await store.close()
    fetched = [ms for file in files if file.exists() for ms in np.load(file)]
    return Figures(seconds, again, fetched, used_s)


async def check(store: JobStore, tenant: str, jobs: int, batches: int) -> int:
    """How many batches were begun more than once; raises AssertionError."""
    assert 0 == await count(store, tenant, LEFT), "tasks are left"
    assert batches == await count(store, tenant, DONE), "batches were lost"
    assert batches == await count(store, tenant, WARNED), "an effect was lost or doubled"
    assert jobs == await count(store, tenant, MUXES), "a job's end was lost or doubled"
    return await count(store, tenant, BEGUN) - batches


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=50)
    parser.add_argument("--batches", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=10)
    given = parser.parse_args()
    # Not above: the workers would import media, and all that goes with it.
    from nhance_local import stack
    from nhance_local.settings import LocalSettings
    from tests.bench.throughput import machine
    from tests.local.supervised import Supervised

    print(machine())
    with tempfile.TemporaryDirectory(prefix="nhance-drain-") as folder:
        root = Path(folder)
        root.chmod(0o755)
        local = LocalSettings().model_copy(update={"data": root / "stores"})
        stack.make_data_dir(local.data_dir)
        parts = stack.stores(local)
        environment = parts.environment
        programs = [
            replace(one, command=[*one.command, "-c", f"max_connections={CONNECTIONS}"])
            if one.name == "postgres"
            else one
            for one in parts.programs
        ]
        with Supervised(programs, local.logs_dir):
            names = ("database_url", "s3_endpoint", "s3_bucket")
            settings = Settings.model_validate(
                {name: environment[f"NHANCE_{name.upper()}"] for name in names}
                | {"log_level": "error"}
            )
            figures = asyncio.run(
                drain(
                    settings,
                    root,
                    workers=given.workers,
                    batches=given.batches,
                    kills=given.kills,
                )
            )
    print("\n".join(figures.lines(given.batches)))


if __name__ == "__main__":
    main()
