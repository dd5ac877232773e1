"""Workers with different encoders side by side: none mixes with the other inside a job."""

from __future__ import annotations

import pytest

from nhance_kit import pins
from nhance_kit.errors import OtherEncoder
from nhance_kit.jobs import Job, JobOptions
from nhance_kit.states import JobState
from nhance_kit.store import JobStore, new_job_id
from nhance_kit.warned import JobWarning, WarningCode
from tests.kit.test_store import SOURCE, queued

OLD, NEW = "old", "new"
PLAIN, CARD = "plain", "plain, a card"
FROM_INGEST = JobWarning(WarningCode.ODD_SIZE, "The size is odd.")
FROM_A_BATCH = JobWarning(WarningCode.FRAMES_CONCEALED, "A frame was filled in.", count=1)


@pytest.fixture
async def job(store: JobStore, tenant: str) -> Job:
    """Three batches, the first done by workers of the old version."""
    job = await store.create(tenant, new_job_id(), SOURCE, JobOptions())
    await store.steps.ingest_started(job.id)
    await store.steps.batches_cut(job.id, {}, [10, 10, 10], [FROM_INGEST])
    await done(store, job, 0, OLD)
    return job


async def done(store: JobStore, job: Job, index: int, encoder: str) -> None:
    await store.steps.pin(job.id, 1, encoder)
    await store.steps.batch_begun(job.id, index)
    await store.steps.batch_done(job.id, index, 10, [FROM_A_BATCH])


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other workers have been so for long enough."""
    monkeypatch.setattr(pins, "SILENT_S", 0.0)


async def test_a_batch_is_left_to_those_who_have_its_encoder(store: JobStore, job: Job) -> None:
    with pytest.raises(OtherEncoder, match=OLD):
        await store.steps.pin(job.id, 1, NEW)

    await done(store, job, 1, OLD)
    assert (await store.job(job.id)).batches_done == 2


@pytest.mark.usefixtures("silent")
async def test_when_they_are_gone_the_job_begins_anew(store: JobStore, job: Job) -> None:
    before = await queued(store, job.id)

    pinned = await store.steps.pin(job.id, 7, NEW, "another")
    assert pinned == (1, NEW), "the model stays the one that it was"

    found = await store.job(job.id)
    assert (found.batches_done, found.frames_done) == (0, 0)
    assert found.warnings == [FROM_INGEST]
    assert await queued(store, job.id) == [*before, "enhance"], "only the one that was done"
    for index in range(3):
        await done(store, job, index, NEW)
    muxing = await store.steps.mux_started(job.id)
    assert muxing.warnings == [FROM_INGEST, *[FROM_A_BATCH] * 3]


@pytest.mark.usefixtures("silent")
async def test_a_worker_that_died_before_its_first_mark_holds_nobody_up(
    store: JobStore, tenant: str
) -> None:
    job = await store.create(tenant, new_job_id(), SOURCE, JobOptions())
    await store.steps.ingest_started(job.id)
    await store.steps.batches_cut(job.id, {}, [10], [])
    await store.steps.pin(job.id, 1, OLD)

    assert await store.steps.pin(job.id, 1, NEW) == (1, NEW)
    await done(store, job, 0, NEW)
    assert (await store.job(job.id)).state == JobState.MUXING


async def test_the_preferred_encoder_is_pinned_and_left_to_those_who_have_it(
    store: JobStore, tenant: str
) -> None:
    job = await store.create(tenant, new_job_id(), SOURCE, JobOptions(nvenc=True))
    await store.steps.ingest_started(job.id)
    await store.steps.batches_cut(job.id, {}, [10, 10], [])

    assert await store.steps.pin(job.id, 1, CARD, PLAIN) == (1, CARD)
    with pytest.raises(OtherEncoder, match=CARD):
        await store.steps.pin(job.id, 1, PLAIN)
    with pytest.raises(OtherEncoder, match=CARD):
        await store.steps.pin(job.id, 1, "plain, another card", PLAIN)
    assert await store.steps.pin(job.id, 1, CARD, PLAIN) == (1, CARD)


@pytest.mark.usefixtures("silent")
async def test_who_has_several_encoders_goes_on_with_the_one_that_is_pinned(
    store: JobStore, tenant: str
) -> None:
    job = await store.create(tenant, new_job_id(), SOURCE, JobOptions(nvenc=True))
    await store.steps.ingest_started(job.id)
    await store.steps.batches_cut(job.id, {}, [10, 10], [])
    await done(store, job, 0, PLAIN)

    assert await store.steps.pin(job.id, 1, CARD, PLAIN) == (1, PLAIN)
    assert (await store.job(job.id)).batches_done == 1, "nothing is begun anew"


@pytest.mark.usefixtures("silent")
async def test_when_the_card_is_gone_the_processor_begins_anew(
    store: JobStore, tenant: str
) -> None:
    job = await store.create(tenant, new_job_id(), SOURCE, JobOptions(nvenc=True))
    await store.steps.ingest_started(job.id)
    await store.steps.batches_cut(job.id, {}, [10, 10], [])
    await done(store, job, 0, CARD)

    assert await store.steps.pin(job.id, 1, PLAIN) == (1, PLAIN)
    assert (await store.job(job.id)).batches_done == 0
