"""A batch whose job was begun anew with another encoder meanwhile is not stored."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from nhance_enhance import app
from nhance_enhance.settings import EnhanceSettings
from nhance_kit import keys, pins
from nhance_kit.errors import OtherEncoder
from nhance_kit.jobs import JobOptions
from nhance_kit.objects import ObjectStore
from nhance_kit.queue import ENHANCE
from nhance_kit.settings import Settings
from nhance_kit.store import JobStore, new_job_id
from nhance_proto.v1.frame_batch_pb2 import FrameBatch
from tests.kit.test_store import SOURCE


async def test_nothing_is_stored(
    store: JobStore,
    objects: ObjectStore,
    settings: Settings,
    tenant: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = await store.create(tenant, new_job_id(), SOURCE, JobOptions())
    await store.steps.ingest_started(job.id)
    await store.steps.batches_cut(job.id, {}, [10], [])
    objects.put(keys.batch(tenant, job.id, 0), FrameBatch().SerializeToString())
    done: list[object] = []

    async def long(work: object, stop: object) -> None:
        done.append(work)
        with monkeypatch.context() as away:
            away.setattr(pins, "SILENT_S", 0.0)
            await store.steps.pin(job.id, 1, "another")

    model = SimpleNamespace(info=SimpleNamespace(version=1))
    client = SimpleNamespace(model=lambda *_: model)
    monkeypatch.setattr(app, "ModelClient", lambda *_, **__: client)
    monkeypatch.setattr(app, "create_worker_app", lambda *made: made[2])
    monkeypatch.setattr(app, "in_thread", long)
    chosen = EnhanceSettings.model_validate({**settings.model_dump(), "serving_address": "unix:/x"})
    handlers: Any = app.create_app(chosen)

    with pytest.raises(OtherEncoder, match="another"):
        await handlers(store, objects)[ENHANCE](job_id=job.id, index=0)
    assert len(done) == 1, "enhanced, and not stored"
