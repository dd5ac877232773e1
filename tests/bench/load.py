"""One gateway process under load: uploads, event streams, and what they cost everybody else.

Run as ``make load``. A real gateway stands over real stores. 1,000 clients watch jobs whose
progress the script reports as workers would, 200 more upload a small clip at a phone's pace, again
and again, each at times of its own. Once all of them are there, a process of its own asks for a job
for a minute: the figures are the 99th percentiles of its answers, idle and under load. Errors are
counted: answers that are none, and watchers that did not see their job's end.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import httpx
import numpy as np

from nhance_kit.jobs import LOCAL_TENANT, Job, JobOptions, Output, Source
from nhance_kit.queue import make_queue
from nhance_kit.store import JobStore, new_job_id
from nhance_local import stack
from nhance_local.settings import LocalSettings
from tests.bench.throughput import machine
from tests.clips import write_clip
from tests.local.supervised import Supervised
from tests.local_stack import SERVABLES, free_port

JOBS = 20
REPORT_EVERY_S = 1.0
ASK_EVERY_S = 0.05
UPLOAD_S = 20.0
ARRIVE_S = 10.0  # in which the watchers come
PIECES = 10
START_S = 60.0
PERCENTILE = 99


@dataclass
class Figures:
    """What a run of the load came to."""

    uploads: int = 0
    events: int = 0
    errors: list[str] = field(default_factory=list)
    idle_ms: float = 0.0
    loaded_ms: float = 0.0


def asked(url: str, seconds: float) -> list[float]:
    """Milliseconds that each of many answers to GET took; -1 for one that was no 200."""
    times = []
    end = time.monotonic() + seconds
    with httpx.Client(timeout=30) as client:
        while time.monotonic() < end:
            began = time.perf_counter()
            ok = client.get(url).status_code == 200
            times.append((time.perf_counter() - began) * 1000 if ok else -1.0)
            time.sleep(ASK_EVERY_S)
    return times


def percentile(times: list[float]) -> float:
    return float(np.percentile(times, PERCENTILE))


@contextmanager
def gateway(environment: dict[str, str], log: Path) -> Iterator[str]:
    """A gateway process that is ready; yields its URL."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = {
        "NHANCE_PORT": str(port),
        "NHANCE_SERVABLES_DIR": str(SERVABLES),
        "NHANCE_INGEST_WAIT_S": "0",
        "NHANCE_LOG_LEVEL": "warning",
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "nhance_gateway"],
            env={**environment, **settings},
            stdout=output,
            stderr=output,
        )
    try:
        deadline = time.monotonic() + START_S
        while not _is_ready(url):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the gateway did not start: {log.read_text()[-2000:]}")
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


async def watch(port: int, job_id: str, figures: Figures, after_s: float) -> None:
    """Read a job's events to the end; one socket and no more, since there are a thousand."""
    await asyncio.sleep(after_s)
    ended = False
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        request = f"GET /v1/jobs/{job_id}/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"
        writer.write(request.encode())
        while line := await reader.readline():
            figures.events += line.startswith(b"event: job")
            ended = ended or b'"state":"succeeded"' in line
            if line == b"0\r\n":
                break
        writer.close()
    except OSError as error:
        figures.errors.append(f"watching: {error!r}")
        return
    if not ended:
        figures.errors.append("watching: the stream ended before the job")


async def upload(
    client: httpx.AsyncClient, clip: bytes, figures: Figures, until: float, first_s: float
) -> None:
    """Send a clip in pieces, first over ``first_s``, then over UPLOAD_S, again and again."""

    async def pieces(seconds: float) -> AsyncIterator[bytes]:
        yield b'--load\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
        step = -(-len(clip) // PIECES)
        for start in range(0, len(clip), step):
            yield clip[start : start + step]
            await asyncio.sleep(max(0.0, min(seconds / PIECES, until - time.monotonic())))
        yield b"\r\n--load--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=load"}
    seconds = first_s
    while time.monotonic() < until:
        try:
            reply = await client.post("/v1/jobs", content=pieces(seconds), headers=headers)
        except httpx.TransportError as error:
            figures.errors.append(f"uploading: {error!r}")
            continue
        seconds = UPLOAD_S
        figures.uploads += 1
        if reply.status_code != 202:
            figures.errors.append(f"uploading: {reply.status_code} {reply.text}")


async def work(store: JobStore, job: Job, until: float, after_s: float) -> None:
    """What a worker tells the store of a job, from ``after_s`` on, until the time is over."""
    await asyncio.sleep(after_s)
    await store.steps.ingest_started(job.id)
    await store.steps.batches_cut(job.id, {}, [1_000_000], [])
    await store.steps.batch_begun(job.id, 0)
    frames = 0
    while time.monotonic() < until:
        frames += 30
        await store.steps.frames_done(job.id, 0, frames)
        await asyncio.sleep(REPORT_EVERY_S)
    await store.steps.batch_done(job.id, 0, 1_000_000, [])
    await store.steps.muxed(job.id, Output("mp4", 1, "0" * 64), [])


async def run(
    environment: dict[str, str], folder: Path, uploads: int, streams: int, seconds: float
) -> Figures:
    """Put the load on a gateway of its own."""
    figures = Figures()
    clip = write_clip(folder / "clip.mp4", size=(320, 240), frames=50).read_bytes()
    store = JobStore(environment["NHANCE_DATABASE_URL"], make_queue())
    await store.open()
    loop = asyncio.get_running_loop()
    with (
        gateway(environment, folder / "gateway.log") as url,
        ProcessPoolExecutor(1, get_context("spawn")) as asking,
    ):
        source = Source("load.mp4", 1, "0" * 64)
        jobs = [
            await store.create(LOCAL_TENANT, new_job_id(), source, JobOptions())
            for _ in range(JOBS)
        ]
        one = f"{url}/v1/jobs/{jobs[0].id}"
        idle = await loop.run_in_executor(asking, asked, one, seconds / 3)
        until = time.monotonic() + ARRIVE_S + seconds
        port = int(url.rpartition(":")[2])
        limits = httpx.Limits(max_connections=uploads)
        async with (
            httpx.AsyncClient(base_url=url, timeout=120, limits=limits) as client,
            asyncio.TaskGroup() as group,
        ):
            for number in range(streams):
                after_s = ARRIVE_S * number / streams
                group.create_task(watch(port, jobs[number % JOBS].id, figures, after_s))
            for number in range(uploads):
                first_s = UPLOAD_S * (number + 1) / uploads
                group.create_task(upload(client, clip, figures, until, first_s))
            for number, job in enumerate(jobs):
                group.create_task(work(store, job, until, REPORT_EVERY_S * number / JOBS))
            await asyncio.sleep(ARRIVE_S)
            loaded = await loop.run_in_executor(asking, asked, one, seconds)
    await store.close()
    figures.errors += ["asking: no answer"] * (idle + loaded).count(-1.0)
    figures.idle_ms, figures.loaded_ms = percentile(idle), percentile(loaded)
    return figures


@contextmanager
def stores(folder: Path) -> Iterator[dict[str, str]]:
    """PostgreSQL with the schema, and S3; yields the variables that lead to them."""
    settings = LocalSettings().model_copy(update={"data": folder})
    stack.make_data_dir(settings.data_dir)
    parts = stack.stores(settings)
    with Supervised(parts.programs, settings.logs_dir):
        yield {**os.environ, **parts.environment}


def main() -> None:
    print(machine())
    with tempfile.TemporaryDirectory(prefix="nhance-load-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with stores(folder / "stores") as environment:
            figures = asyncio.run(run(environment, folder, uploads=200, streams=1000, seconds=60))
    print(f"{figures.uploads} uploads, {figures.events} events, {len(figures.errors)} errors")
    for error in figures.errors[:10]:
        print(error)
    print(f"GET /v1/jobs/{{id}}, p99: {figures.idle_ms:.1f} ms idle, {figures.loaded_ms:.1f} ms")
    sys.exit(bool(figures.errors))


if __name__ == "__main__":
    main()
