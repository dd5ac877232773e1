"""Rolling updates and scaling in, played with processes for pods and the signals that they get.

The short form's workers pretend, so that times are known and the processor does not matter; the
full form, ``make rolling``, enhances a video meanwhile.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio

from nhance_kit.store import JobStore
from nhance_local import stack
from nhance_local.settings import LocalSettings
from tests import api
from tests.bench.clip import bench_clip
from tests.bench.drain import check, cut
from tests.e2e.pods import Pod, Pods
from tests.e2e.pretending import BATCHES_AT_ONCE
from tests.local.supervised import Supervised
from tests.local_stack import free_port, servables_with

SLACK_S = 3.0  # of a busy machine, for the database and for noticing
MIN_READY_S = 5.0  # as minReadySeconds, which is longer: what was handed back is done by then
IN_HAND = 400  # frames: two pods have two batches of 50 each, and may have begun the next


@dataclass(frozen=True)
class Note:
    """What a pod noted of a batch; ``at_s``: seconds since 1970."""

    batch: str
    pid: int
    at_s: float


class Played:
    """Pretending pods over the real stores, and what they noted."""

    def __init__(
        self, embedded: dict[str, str], folder: Path, pretend_s: float, grace_s: float
    ) -> None:
        self.journal = folder / "journal"
        self.journal.touch()
        environment = {
            **os.environ,
            **embedded,
            "NHANCE_PRETEND_S": str(pretend_s),
            "NHANCE_JOURNAL": str(self.journal),
            "NHANCE_SHUTDOWN_GRACE_S": str(grace_s),
        }
        command = [sys.executable, "-m", "tests.e2e.pretending"]
        self.pods = Pods(command, environment, folder / "pods.log", grace_s + 5.0)

    def notes(self, event: str) -> list[Note]:
        """All that were ``begun`` or ``done``."""
        lines = [line.split() for line in self.journal.read_text().splitlines()]
        return [
            Note(batch, int(pid), float(at_s)) for what, at_s, pid, batch in lines if what == event
        ]

    def wait_for(self, event: str, count: int) -> None:
        api.wait_for(lambda: len(self.notes(event)) >= count, within_s=120, every_s=0.05)

    def in_hand(self, pod: Pod) -> list[Note]:
        """What a pod had begun and not done when it was told to stop."""
        done = {one.batch for one in self.notes("done") if one.at_s < pod.terminated_s}
        return [
            one
            for one in self.notes("begun")
            if one.pid == pod.pid and one.at_s < pod.terminated_s and one.batch not in done
        ]


@pytest_asyncio.fixture
async def empty_queue(store: JobStore) -> None:
    """What other tests left in the queue would be pretended as well."""
    async with store.database.transaction() as connection:
        await connection.execute("DELETE FROM procrastinate_jobs WHERE queue_name = 'enhance'")


@pytest.mark.usefixtures("empty_queue")
async def test_a_rolling_update_finishes_what_was_begun(
    embedded: dict[str, str], store: JobStore, tenant: str, tmp_path: Path
) -> None:
    pretend_s, grace_s = 1.5, 10.0
    played = Played(embedded, tmp_path, pretend_s, grace_s)
    jobs: list[str] = []
    with played.pods:
        await asyncio.to_thread(played.pods.scale_out, 2)
        rolling = asyncio.create_task(asyncio.to_thread(played.pods.roll))
        while not rolling.done():
            # There is always something to do, however long pods take to start here.
            if len(jobs) * 8 - len(played.notes("begun")) < 8:
                jobs += await cut(store, tenant, 8)
            await asyncio.sleep(0.05)
        await rolling
        rolled = list(played.pods.stopped)
        batches = 8 * len(jobs)
        await asyncio.to_thread(played.wait_for, "done", batches)

    again = await check(store, tenant, len(jobs), batches)
    assert 0 == again, "what is done within the grace period is not handed back"
    assert 2 == len(rolled)
    assert all(played.in_hand(pod) for pod in rolled), "they were busy when they had to go"
    assert not any(pod.killed for pod in played.pods.stopped)
    begun = {one.batch: one.at_s for one in played.notes("begun")}
    done = played.notes("done")
    assert len(begun) == len(done) == batches
    assert max(one.at_s - begun[one.batch] for one in done) < pretend_s + grace_s


@pytest.mark.usefixtures("empty_queue")
async def test_scaling_in_hands_back_what_would_take_too_long(
    embedded: dict[str, str], store: JobStore, tenant: str, tmp_path: Path
) -> None:
    batches, pretend_s, grace_s = 12, 5.0, 1.0
    played = Played(embedded, tmp_path, pretend_s, grace_s)
    with played.pods:
        await asyncio.to_thread(played.pods.scale_out, 4)
        jobs = await cut(store, tenant, batches)
        await asyncio.to_thread(played.wait_for, "begun", 4 * BATCHES_AT_ONCE)
        await asyncio.to_thread(played.pods.scale_in, 2)
        gone = list(played.pods.stopped)
        await asyncio.to_thread(played.wait_for, "done", batches)

    handed_back = {one.batch for pod in gone for one in played.in_hand(pod)}
    again = await check(store, tenant, len(jobs), batches)
    assert 2 * BATCHES_AT_ONCE == len(handed_back) == again
    assert not any(pod.killed for pod in played.pods.stopped)
    assert batches == len(played.notes("done"))
    times = Counter(one.batch for one in played.notes("begun"))
    assert handed_back == {batch for batch, count in times.items() if count == 2}
    assert 2 == max(times.values())
    at_latest_s = gone[0].terminated_s + grace_s + pretend_s + SLACK_S
    assert all(one.at_s < at_latest_s for one in played.notes("begun") if one.batch in handed_back)


@pytest.mark.slow
@pytest.mark.parametrize("grace_s", [10.0, 0.0])
def test_a_video_comes_out_the_same_whatever_pods_come_and_go(
    short_tmp: Path, tmp_path: Path, grace_s: float
) -> None:
    folder = short_tmp / f"rolling-{grace_s:.0f}"
    settings = LocalSettings().model_copy(
        update={
            "data": folder / "data",
            "servables_dir": servables_with(folder / "servables", "look"),
            "port": free_port(),
        }
    )
    stack.make_data_dir(settings.data_dir)
    programs = stack.whole(settings)
    (enhance,) = (one for one in programs if one.name == "enhance-1")
    others = [one for one in programs if one is not enhance]
    environment = {**enhance.environment, "NHANCE_SHUTDOWN_GRACE_S": str(grace_s)}
    pods = Pods(enhance.command, environment, folder / "pods.log", grace_s + 5.0)
    url, clip = stack.url_of(settings), bench_clip(tmp_path / "clip.mp4", (480, 272), 4000)
    with Supervised(others, settings.logs_dir), pods:
        pods.scale_out(2)
        undisturbed = api.enhanced(url, clip, tmp_path, model="look")
        posted = api.post(url, clip, model="look").json()

        def frames_done() -> int:
            done: int = api.job(url, posted["id"])["progress"]["frames_done"]
            return done

        api.wait_for(lambda: frames_done() > 0)
        pods.roll(MIN_READY_S)
        # An event of its own: what the last pod handed back is done by then.
        rolled = frames_done()
        api.wait_for(lambda: frames_done() >= rolled + IN_HAND)
        assert "enhancing" == api.job(url, posted["id"])["state"], "the clip is too short"
        pods.scale_in(1)
        job = api.finished(url, posted["id"])
        with psycopg.connect(environment["NHANCE_DATABASE_URL"]) as connection:
            rows = connection.execute(
                "SELECT attempts FROM batches WHERE job_id = %s", (posted["id"],)
            ).fetchall()

    assert "succeeded" == job["state"], job["error"]
    assert undisturbed["output"]["sha256"] == job["output"]["sha256"]
    assert 2 >= max(attempts for (attempts,) in rows)
    assert not any(pod.killed for pod in pods.stopped)
