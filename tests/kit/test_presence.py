"""A worker's process that hangs."""

from __future__ import annotations

import subprocess
import sys

import psycopg

from nhance_kit.settings import Settings

BEATING = """
import asyncio, sys
from nhance_kit.presence import Presence
from nhance_kit.queue import make_queue
from nhance_kit.store import JobStore

async def main() -> None:
    queue = make_queue()
    store = JobStore(sys.argv[1], queue)
    await store.open()
    presence = Presence(queue.connector, every_s=0.1, silent_s=2.0)
    worker_id = await presence.register_worker()
    beats = 0
    while True:
        await asyncio.sleep(0.1)
        await presence.update_heartbeat(worker_id)
        print(beats := beats + 1, flush=True)

asyncio.run(main())
"""


def test_a_process_that_can_no_longer_say_that_it_lives_ends(settings: Settings) -> None:
    with (
        psycopg.connect(settings.database_url) as connection,
        subprocess.Popen(
            [sys.executable, "-c", BEATING, settings.database_url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        for expected in range(1, 31):  # longer than it may be silent
            assert f"{expected}\n" == process.stdout.readline()
        connection.execute("LOCK TABLE procrastinate_workers IN ACCESS EXCLUSIVE MODE")
        _, told = process.communicate(timeout=60)
    assert 1 == process.returncode
    assert "Timeout" in told
