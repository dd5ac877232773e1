"""kill -9 of any process in the middle of a job: the same output, nothing done thrice.

The full round kills every process; the short form, in CI, kills a worker that enhances.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest

from tests import api
from tests.bench.clip import bench_clip
from tests.local_stack import LocalStack, servables_with

# What is killed, and in which state of the job.
VICTIMS = [
    ("ingest", "ingesting"),
    ("serving", "enhancing"),
    ("postgres", "enhancing"),
    ("weed", "enhancing"),
    ("gateway", "enhancing"),
    ("mux", "muxing"),
]
OPTIONS: dict[str, Any] = {"model": "look", "comparison": "split"}


@pytest.fixture(scope="module")
def two_workers(short_tmp: Path) -> Iterator[LocalStack]:
    folder = short_tmp / "chaos"
    with LocalStack(folder / "data", servables_with(folder / "servables", "look"), 2) as stack:
        yield stack


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bench_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", (480, 272), 750)


@pytest.fixture(scope="module")
def undisturbed(
    two_workers: LocalStack, clip: Path, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """The SHA-256 of the output where nothing was killed."""
    job = api.enhanced(two_workers.url, clip, tmp_path_factory.mktemp("reference"), **OPTIONS)
    assert all(count == 1 for count in attempts(two_workers, job["id"]))
    digest: str = job["output"]["sha256"]
    return digest


def attempts(stack: LocalStack, job_id: str) -> list[int]:
    """How often each batch of a job was begun."""
    with psycopg.connect(stack.environment["NHANCE_DATABASE_URL"]) as connection:
        rows = connection.execute(
            "SELECT attempts FROM batches WHERE job_id = %s ORDER BY index", (job_id,)
        )
        return [row[0] for row in rows]


def newest_in(stack: LocalStack, state: str, within_s: float = 60) -> str:
    """Wait for the newest job to be in ``state``; its id."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        jobs = httpx.get(f"{stack.url}/v1/jobs", params={"limit": 1}).json()["jobs"]
        under_way = state != "enhancing" or (jobs and jobs[0]["progress"]["frames_done"] > 0)
        if jobs and jobs[0]["state"] == state and under_way:
            found: str = jobs[0]["id"]
            return found
        time.sleep(0.01)
    raise TimeoutError(f"no job was {state}")


def killed_in_the_middle(stack: LocalStack, clip: Path, victim: str, state: str) -> str:
    """Post a job, kill a process while it runs; the job's id."""
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(api.post, stack.url, clip, **OPTIONS)
        job_id = newest_in(stack, state)
        target: psutil.Process = stack.processes(victim)[0]
        target.kill()
        posted = answer.result()
    assert posted.status_code == 202
    assert posted.json()["id"] == job_id
    return job_id


def check(stack: LocalStack, clip: Path, undisturbed: str, victim: str, state: str) -> None:
    job_id = killed_in_the_middle(stack, clip, victim, state)

    job = api.finished(stack.url, job_id)

    assert job["state"] == "succeeded", job["error"]
    assert undisturbed == job["output"]["sha256"]
    counts = attempts(stack, job_id)
    assert max(counts) <= 2
    assert sum(counts) <= len(counts) + 4, "at most what the two workers had in hand was repeated"


def test_two_workers_share_a_jobs_batches(
    two_workers: LocalStack, clip: Path, undisturbed: str
) -> None:
    done = []
    for worker in two_workers.processes("enhance"):
        port = worker.environ()["NHANCE_PORT"]
        figures = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        ended = 'nhance_tasks_total{outcome="succeeded",task="enhance"}'
        lines = [line for line in figures.splitlines() if line.startswith(ended)]
        done.append(sum(float(line.split()[-1]) for line in lines))

    assert len(done) == 2
    assert min(done) >= 1


def test_killing_a_worker(two_workers: LocalStack, clip: Path, undisturbed: str) -> None:
    check(two_workers, clip, undisturbed, "enhance", "enhancing")


@pytest.mark.slow
@pytest.mark.parametrize(("victim", "state"), VICTIMS)
def test_killing_any_process(
    two_workers: LocalStack, clip: Path, undisturbed: str, victim: str, state: str
) -> None:
    check(two_workers, clip, undisturbed, victim, state)
