"""Rolling updates and scaling in, played with processes for pods and the signals that they get.

The short form's workers pretend, so that times are known and the processor does not matter; the
full form, ``make rolling``, enhances a video meanwhile.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import defaultdict
from pathlib import Path

import pytest_asyncio

from nhance_kit.store import JobStore
from tests import api
from tests.bench.drain import check, cut
from tests.e2e.pods import Pods
from tests.e2e.pretending import BATCHES_AT_ONCE

SLACK_S = 3.0  # of a busy machine, for the database and for noticing


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

    def times(self, event: str) -> dict[tuple[str, int], list[float]]:
        """When each batch was ``begun`` or ``done``, in seconds since 1970."""
        found = defaultdict(list)
        for line in self.journal.read_text().splitlines():
            what, at_s, job_id, index = line.split()
            if what == event:
                found[job_id, int(index)].append(float(at_s))
        return found

    def wait_begun(self, count: int) -> None:
        api.wait_for(lambda: len(self.times("begun")) >= count, within_s=60, every_s=0.05)

    def wait_done(self, count: int) -> None:
        api.wait_for(lambda: len(self.times("done")) >= count, within_s=120, every_s=0.05)


@pytest_asyncio.fixture(autouse=True)
async def empty_queue(store: JobStore) -> None:
    """What other tests left in the queue would be pretended as well."""
    async with store.database.transaction() as connection:
        await connection.execute("DELETE FROM procrastinate_jobs WHERE queue_name = 'enhance'")


async def test_a_rolling_update_finishes_what_was_begun(
    embedded: dict[str, str], store: JobStore, tenant: str, tmp_path: Path
) -> None:
    pods, batches, pretend_s, grace_s = 2, 24, 1.5, 10.0
    played = Played(embedded, tmp_path, pretend_s, grace_s)
    with played.pods:
        await asyncio.to_thread(played.pods.scale_out, pods)
        jobs = await cut(store, tenant, batches)
        await asyncio.to_thread(played.wait_begun, 1)
        began_s = time.time()
        await asyncio.to_thread(played.pods.roll)
        await asyncio.to_thread(played.wait_done, batches)
        took_s = time.time() - began_s

    assert 0 == await check(store, tenant, len(jobs), batches), (
        "begun once, done once, each of them"
    )
    assert not any(pod.killed for pod in played.pods.stopped)
    undisturbed_s = batches / (pods * BATCHES_AT_ONCE) * pretend_s
    assert took_s < undisturbed_s + pretend_s + grace_s
    assert all(1 == len(found) for found in played.times("done").values())


async def test_scaling_in_hands_back_what_would_take_too_long(
    embedded: dict[str, str], store: JobStore, tenant: str, tmp_path: Path
) -> None:
    batches, pretend_s, grace_s = 12, 5.0, 1.0
    played = Played(embedded, tmp_path, pretend_s, grace_s)
    with played.pods:
        await asyncio.to_thread(played.pods.scale_out, 4)
        jobs = await cut(store, tenant, batches)
        await asyncio.to_thread(played.wait_begun, 4 * BATCHES_AT_ONCE)
        term_s = await asyncio.to_thread(played.pods.scale_in, 2)
        await asyncio.to_thread(played.wait_done, batches)

    again = await check(store, tenant, len(jobs), batches)
    assert 2 * BATCHES_AT_ONCE == again
    assert not any(pod.killed for pod in played.pods.stopped)
    begun = played.times("begun")
    assert 2 >= max(len(found) for found in begun.values())
    for found in begun.values():
        if len(found) == 2:
            assert found[1] - term_s < grace_s + pretend_s + SLACK_S
    assert all(1 == len(found) for found in played.times("done").values())
