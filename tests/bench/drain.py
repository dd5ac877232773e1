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
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import psycopg
from procrastinate.jobs import Job as Task
from procrastinate.manager import JobManager

from nhance_kit.database import Database
from nhance_kit.jobs import JobOptions, Source
from nhance_kit.objects import ObjectStore
from nhance_kit.queue import ENHANCE, make_queue
from nhance_kit.settings import Settings
from nhance_kit.store import JobStore, new_job_id
from nhance_kit.warned import JobWarning
from nhance_kit.worker import Handler, create_worker_app

BATCHES_AT_ONCE = 2
BATCHES_PER_JOB = 100
FRAMES = 60
TENANT = "drain"
REPORT_S = 5.0


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


def work(settings: Settings, fetched: Path) -> None:
    """One worker process, until SIGTERM; then it writes what each fetch took, in ms."""
    took = []
    fetch = JobManager.fetch_job

    async def timed(*args: Any, **kwargs: Any) -> Task | None:
        began = time.perf_counter()
        task = await fetch(*args, **kwargs)
        if task is not None:
            took.append((time.perf_counter() - began) * 1000)
        return task

    JobManager.fetch_job = timed  # type: ignore[method-assign]

    def handlers(store: JobStore, _: ObjectStore) -> Mapping[str, Handler]:
        async def enhance(job_id: str, index: int) -> None:
            _, batch = await store.batch(job_id, index)
            if batch.done:
                return
            await store.pin_model_version(job_id, 1)
            await store.batch_begun(job_id, index)
            warning = JobWarning("unknown", f"batch {index}")
            await store.batch_done(job_id, index, FRAMES, [warning])

        return {ENHANCE: enhance}

    async def run() -> None:
        app = create_worker_app("enhance", settings, handlers, BATCHES_AT_ONCE)
        stopped = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
        async with app.router.lifespan_context(app):
            await stopped.wait()

    asyncio.run(run())
    np.save(fetched, took)


async def cut(store: JobStore, batches: int) -> list[str]:
    """Jobs with so many batches in all, every one of which waits; the jobs' ids."""
    ids = []
    left = batches
    while left > 0:
        frames = [FRAMES] * min(BATCHES_PER_JOB, left)
        left -= len(frames)
        job = await store.create(
            TENANT, new_job_id(), Source("drain.mp4", 1, "0" * 64), JobOptions()
        )
        await store.ingest_started(job.id)
        await store.batches_cut(job.id, {}, frames, [])
        ids.append(job.id)
    return ids


async def count(database: Database, query: str) -> int:
    async with database.transaction() as connection:
        cursor = await connection.execute(f"SELECT ({query})::int AS count")
        row = await cursor.fetchone()
    assert row is not None
    return int(row["count"])


UNDONE = "SELECT count(*) FROM jobs WHERE tenant = 'drain' AND state = 'enhancing'"
LEFT = "SELECT count(*) FROM procrastinate_jobs WHERE queue_name = 'enhance'"
DONE = "SELECT count(*) FROM batches JOIN jobs ON id = job_id WHERE tenant = 'drain'"
BEGUN = "SELECT sum(attempts) FROM batches JOIN jobs ON id = job_id WHERE tenant = 'drain'"
WARNED = "SELECT sum(jsonb_array_length(warnings)) FROM jobs WHERE tenant = 'drain'"
MUXES = """SELECT count(*) FROM procrastinate_jobs JOIN jobs ON jobs.id = args->>'job_id'
           WHERE tenant = 'drain' AND task_name = 'mux'"""


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
    jobs = await cut(store, batches)
    server = postmaster(settings.database_url)
    # Started from a server that has imported everything: fifty times that would take minutes.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    files = [folder / f"{number}.npy" for number in range(workers)]
    team: list[BaseProcess] = [
        context.Process(target=work, args=(settings, file), name=file.stem) for file in files
    ]
    before_s, began = processor_s(server), time.monotonic()
    for one in team:
        one.start()
    try:
        at_left = [batches * (kills - number) // (kills + 1) for number in range(kills)]
        chance = random.Random(1)
        told = began
        while await count(store.database, UNDONE):
            left = await count(store.database, LEFT)
            if at_left and left <= at_left[0]:
                at_left.pop(0)
                victim = team.pop(chance.randrange(len(team)))
                victim.kill()
                victim.join()
            if time.monotonic() - told > REPORT_S:
                told = time.monotonic()
                print(f"{left:,} left after {told - began:.0f} s", file=sys.stderr)
            assert all(one.is_alive() for one in team), "a worker ended by itself"
            await asyncio.sleep(0.2)
        seconds, used_s = time.monotonic() - began, processor_s(server) - before_s
    finally:
        for one in team:
            one.terminate()
        for one in team:
            one.join()
    again = await check(store, jobs, batches, kills)
    await store.close()
    fetched = [ms for file in files if file.exists() for ms in np.load(file)]
    return Figures(seconds, again, fetched, used_s)


async def check(store: JobStore, jobs: list[str], batches: int, kills: int) -> int:
    """How many batches were begun more than once; raises AssertionError."""
    database = store.database
    assert 0 == await count(database, LEFT), "tasks are left"
    assert batches == await count(database, f"{DONE} AND batches.finished_at IS NOT NULL"), (
        "batches lost"
    )
    assert batches == await count(database, WARNED), "an effect was lost or doubled"
    assert len(jobs) == await count(database, MUXES), "a job's end was lost or doubled"
    again = await count(database, BEGUN) - batches
    assert 0 <= again <= kills * BATCHES_AT_ONCE, f"{again} batches were begun again"
    return again


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=50)
    parser.add_argument("--batches", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=10)
    given = parser.parse_args()
    # Not above: the workers would import media, and all that goes with it.
    from tests.bench.load import stores
    from tests.bench.throughput import machine

    print(machine())
    with tempfile.TemporaryDirectory(prefix="nhance-drain-") as folder:
        root = Path(folder)
        with stores(root / "stores") as environment:
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
