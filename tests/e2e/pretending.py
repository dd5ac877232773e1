"""An enhance worker whose batches take a known time and no processor; it notes what it does."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

from nhance_kit.blocking import Stop, in_thread
from nhance_kit.objects import ObjectStore
from nhance_kit.queue import ENHANCE
from nhance_kit.settings import Settings
from nhance_kit.store import JobStore
from nhance_kit.warned import JobWarning
from nhance_kit.worker import Handler, create_worker_app, serve

BATCHES_AT_ONCE = 2
FRAMES = 60


class PretendSettings(Settings):
    pretend_s: float
    journal: Path


def pretend(seconds: float, stop: Stop) -> None:
    """Look up between frames, as the pipeline does."""
    for _ in range(FRAMES):
        stop.check()
        time.sleep(seconds / FRAMES)


def main() -> None:
    settings = PretendSettings()

    def note(event: str, job_id: str, index: int) -> None:
        line = f"{event} {time.time()} {os.getpid()} {job_id}/{index}\n"
        file = os.open(settings.journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(file, line.encode())
        os.close(file)

    def handlers(store: JobStore, _: ObjectStore) -> Mapping[str, Handler]:
        async def enhance(job_id: str, index: int) -> None:
            _, batch = await store.steps.batch(job_id, index)
            if batch.done:
                return
            await store.steps.batch_begun(job_id, index)
            note("begun", job_id, index)
            stop = Stop()
            await in_thread(lambda: pretend(settings.pretend_s, stop), stop)
            warning = JobWarning("unknown", f"batch {index}")
            await store.steps.batch_done(job_id, index, FRAMES, [warning])
            note("done", job_id, index)

        return {ENHANCE: enhance}

    serve(create_worker_app("enhance", settings, handlers, BATCHES_AT_ONCE), settings)


if __name__ == "__main__":
    main()
