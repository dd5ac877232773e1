"""The drain in small: nothing is lost and nothing doubled when a worker is killed."""

from __future__ import annotations

from pathlib import Path

from nhance_kit.settings import Settings
from tests.bench.drain import drain


async def test_workers_drain_the_queue_and_one_is_killed(
    settings: Settings, tmp_path: Path
) -> None:
    impatient = settings.model_copy(
        update={"heartbeat_s": 0.5, "stalled_s": 5.0, "log_level": "error"}
    )
    figures = await drain(impatient, tmp_path, workers=4, batches=400, kills=1)

    assert len(figures.fetch_ms) > 200
    assert figures.postgres_s > 0
