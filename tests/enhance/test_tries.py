"""Tries of batches and their frames are counted by the version of the model that made them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY

from nhance_enhance import app
from nhance_enhance.settings import EnhanceSettings
from nhance_kit import keys, metrics
from nhance_kit.errors import ModelRejected, ModelUnavailable, Superseded
from nhance_kit.jobs import Job, JobOptions, Source
from nhance_kit.objects import ObjectStore
from nhance_kit.queue import ENHANCE
from nhance_kit.retry import in_our_terms
from nhance_kit.settings import Settings
from nhance_kit.store import JobStore, new_job_id
from nhance_kit.worker import Handler
from nhance_proto.v1.frame_batch_pb2 import FrameBatch

SOURCE = Source("walk.mp4", 1000, "0" * 64)
FRAMES = 60


@pytest.fixture
def model() -> str:
    """A name that no other test counts by."""
    return f"model-{uuid4().hex[:8]}"


class Client:
    """A model server that serves version 5 unless asked for another, or refuses everything."""

    error: Exception | None = None

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def model(self, name: str, version: int | None) -> SimpleNamespace:
        if self.error is not None:
            raise self.error
        return SimpleNamespace(info=SimpleNamespace(name=name, version=version or 5))


@pytest.fixture
def enhance(
    settings: Settings, store: JobStore, objects: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> Handler:
    """The worker's task, without the worker and without pictures."""
    made = SimpleNamespace(
        enhanced=FrameBatch(frames=FRAMES),
        compared=None,
        measured=FrameBatch(),
        warnings=[],
        seconds={},
    )
    monkeypatch.setattr(app, "ModelClient", Client)
    monkeypatch.setattr(app, "enhance_batch", lambda *_, **__: made)
    monkeypatch.setattr(app, "create_worker_app", lambda _, __, handlers, *___: handlers)
    ours = EnhanceSettings(**settings.model_dump(), serving_address="unix:/nowhere")
    handlers = cast(Any, app.create_app(ours))
    return cast(Handler, handlers(store, objects)[ENHANCE])


async def begun(
    store: JobStore, objects: ObjectStore, tenant: str, model: str, version: int | None
) -> Job:
    """A job of two batches."""
    options = JobOptions(model=model)
    job = await store.create(tenant, new_job_id(), SOURCE, options, model_version=version)
    await store.steps.ingest_started(job.id)
    await store.steps.batches_cut(job.id, {}, [FRAMES, FRAMES], [])
    for index in range(2):
        objects.put(keys.batch(tenant, job.id, index), FrameBatch().SerializeToString())
    return job


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.mark.parametrize(("pinned", "version"), [(4, "4"), (None, "5")])
async def test_what_succeeds_is_counted_by_its_version(
    enhance: Handler,
    store: JobStore,
    objects: ObjectStore,
    tenant: str,
    model: str,
    pinned: int | None,
    version: str,
) -> None:
    job = await begun(store, objects, tenant, model, pinned)
    for index in (0, 0, 1):
        await enhance(job.id, index)
    labels = {"model": model, "version": version}
    assert 2 == counted("nhance_batches_total", **labels, outcome="succeeded")
    assert 2 * FRAMES == counted("nhance_frames_total", **labels)


@pytest.mark.parametrize(
    "error",
    [
        ModelRejected("It answered nonsense."),
        ModelUnavailable("It is away."),
        Superseded("The job was cancelled."),
        ZeroDivisionError(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_what_fails_is_counted_by_its_version_and_its_reason(
    enhance: Handler,
    store: JobStore,
    objects: ObjectStore,
    tenant: str,
    model: str,
    error: Exception,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = await begun(store, objects, tenant, model, 4)
    monkeypatch.setattr(Client, "error", error)
    with pytest.raises(type(error)):
        await enhance(job.id, 0)
    labels = {"model": model, "version": "4"}
    assert 1 == counted("nhance_batches_total", **labels, outcome=in_our_terms(error).code)
    assert 0 == counted("nhance_batches_total", **labels, outcome="succeeded")
    assert 0 == counted("nhance_frames_total", **labels)


async def test_what_fails_before_its_version_is_known_counts_for_none(
    enhance: Handler,
    store: JobStore,
    objects: ObjectStore,
    tenant: str,
    model: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = await begun(store, objects, tenant, model, None)
    monkeypatch.setattr(Client, "error", ModelUnavailable("It is away."))
    with pytest.raises(ModelUnavailable):
        await enhance(job.id, 0)
    samples = [sample for metric in metrics.BATCHES.collect() for sample in metric.samples]
    assert not [sample for sample in samples if sample.labels["model"] == model]
