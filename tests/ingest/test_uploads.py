"""What ingest does with uploads: verifying, discarding, sweeping; each may be done twice."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta

import pytest

from nhance_ingest import uploads as module
from nhance_kit import keys
from nhance_kit.blocking import Stop
from nhance_kit.errors import DamagedUpload, Interrupted, NotFound, Superseded
from nhance_kit.objects import ObjectStore
from nhance_kit.queue import DISCARD_UPLOAD, SWEEP, VERIFY_UPLOAD
from nhance_kit.settings import Settings
from nhance_kit.store import JobStore, new_job_id
from nhance_kit.uploads import Upload, UploadState, Way
from nhance_kit.worker import Handler

PART_BYTES = 5 << 20
DATA = bytes(PART_BYTES) + b"the rest"
DIGEST = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def tasks(settings: Settings, store: JobStore, objects: ObjectStore) -> Mapping[str, Handler]:
    return module.upload_handlers(settings, store, objects)


async def begun(
    store: JobStore,
    objects: ObjectStore,
    tenant: str,
    sha256: str | None = None,
    keep_s: float = 60,
) -> Upload:
    upload_id = new_job_id()
    s3_upload_id = objects.start_upload(keys.upload(tenant, upload_id))
    return await store.uploads.create(
        tenant,
        upload_id,
        Way.PARTS,
        name="walk.mp4",
        size=len(DATA),
        sha256=sha256,
        part_bytes=PART_BYTES,
        s3_upload_id=s3_upload_id,
        keep_s=keep_s,
    )


def send(objects: ObjectStore, upload: Upload, *numbers: int, data: bytes = DATA) -> None:
    key = keys.upload(upload.tenant, upload.id)
    for number in numbers:
        part = data[(number - 1) * PART_BYTES : number * PART_BYTES]
        objects.upload_part(key, upload.s3_upload_id, number, part)


async def test_a_whole_upload_becomes_one_object(
    tasks: Mapping[str, Handler], store: JobStore, objects: ObjectStore, tenant: str
) -> None:
    upload = await begun(store, objects, tenant, DIGEST)
    send(objects, upload, 2, 1)
    objects.put(keys.upload_tail(tenant, upload.id), b"the r")
    await store.uploads.verify(upload.id)

    await tasks[VERIFY_UPLOAD](upload.id)

    found = await store.uploads.get(upload.id, tenant)
    assert (UploadState.COMPLETE, DIGEST) == (found.state, found.sha256)
    assert DATA == objects.get(keys.upload(tenant, upload.id))
    assert [keys.upload(tenant, upload.id)] == objects.keys(f"{tenant}/")
    with pytest.raises(Superseded):
        await tasks[VERIFY_UPLOAD](upload.id)


async def test_an_interrupted_verification_is_taken_up(
    tasks: Mapping[str, Handler], store: JobStore, objects: ObjectStore, tenant: str
) -> None:
    upload = await begun(store, objects, tenant)
    send(objects, upload, 1, 2)
    await store.uploads.verify(upload.id)
    stop = Stop()
    stop.ask()
    with pytest.raises(Interrupted):
        module.verify(objects, upload, stop)

    await tasks[VERIFY_UPLOAD](upload.id)

    assert DIGEST == (await store.uploads.get(upload.id, tenant)).sha256


async def test_a_part_sent_again_counts_as_sent_last(
    objects: ObjectStore, store: JobStore, tenant: str
) -> None:
    upload = await begun(store, objects, tenant)
    for filler in (b"x", b"y", b"z"):
        send(objects, upload, 1, 2, data=filler * len(DATA))
    send(objects, upload, 2, 1)

    assert DIGEST == module.verify(objects, upload, Stop())


@pytest.mark.parametrize("claimed", ["0" * 64, None])
async def test_other_bytes_or_missing_ones_are_refused(
    objects: ObjectStore, store: JobStore, tenant: str, claimed: str | None
) -> None:
    upload = await begun(store, objects, tenant, claimed)
    send(objects, upload, *([1] if claimed is None else [1, 2]))

    with pytest.raises(DamagedUpload):
        module.verify(objects, upload, Stop())


async def test_parts_that_are_gone_are_told(
    objects: ObjectStore, store: JobStore, tenant: str
) -> None:
    upload = await begun(store, objects, tenant)
    objects.abort_upload(keys.upload(tenant, upload.id), upload.s3_upload_id)

    with pytest.raises(DamagedUpload, match="gone"):
        module.verify(objects, upload, Stop())


async def test_what_has_expired_is_swept_up(
    tasks: Mapping[str, Handler], store: JobStore, objects: ObjectStore, tenant: str
) -> None:
    abandoned = await begun(store, objects, tenant, keep_s=-1)
    send(objects, abandoned, 1)
    kept = await begun(store, objects, tenant)
    send(objects, kept, 1)

    await tasks[SWEEP](0)
    await tasks[DISCARD_UPLOAD](abandoned.id, tenant)

    with pytest.raises(NotFound):
        await store.uploads.get(abandoned.id)
    with pytest.raises(NotFound):
        objects.parts(keys.upload(tenant, abandoned.id), abandoned.s3_upload_id)
    assert 1 == len(objects.parts(keys.upload(tenant, kept.id), kept.s3_upload_id))


async def test_what_killed_processes_left_behind_is_swept_up(
    tasks: Mapping[str, Handler],
    store: JobStore,
    objects: ObjectStore,
    tenant: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = keys.source(tenant, new_job_id())
    orphan = objects.start_upload(source)
    objects.upload_part(source, orphan, 1, b"cut short")
    owned = await begun(store, objects, tenant)

    await tasks[SWEEP](0)
    assert 1 == len(objects.parts(source, orphan)), "it is younger than a day"

    # A day passes: only this test's uploads get older, others share the bucket.
    found = [upload for upload in objects.unfinished_uploads() if tenant in upload.key]
    monkeypatch.setattr("nhance_ingest.uploads.left_behind", lambda _: found)
    await tasks[SWEEP](0)

    with pytest.raises(NotFound):
        objects.parts(source, orphan)
    assert [] == objects.parts(keys.upload(tenant, owned.id), owned.s3_upload_id)


async def test_only_old_uploads_are_left_behind(objects: ObjectStore, tenant: str) -> None:
    key = keys.source(tenant, new_job_id())
    upload_id = objects.start_upload(key)

    def told(older_than: timedelta) -> bool:
        return upload_id in {old.upload_id for old in module.left_behind(objects, older_than)}

    assert told(timedelta(seconds=-5))
    assert not told(timedelta(hours=1))
