"""When an upload is whole, and what happens to its row."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from nhance_kit.errors import Conflict, DamagedUpload, NotFound, Superseded
from nhance_kit.queue import DISCARD_UPLOAD, VERIFY_UPLOAD
from nhance_kit.store import JobStore, new_job_id
from nhance_kit.uploads import StoredPart, Upload, UploadState, Way, require_whole

UPLOAD = Upload(
    id="0" * 32,
    tenant="test",
    way=Way.PARTS,
    name="walk.mp4",
    bytes=25,
    sha256=None,
    state=UploadState.UPLOADING,
    part_bytes=10,
    s3_upload_id="x",
    received=0,
    metadata="",
    error=None,
    created_at=datetime.now(UTC),
    expires_at=datetime.now(UTC),
    expired=False,
)
PARTS = [StoredPart(1, 10, "a"), StoredPart(2, 10, "b"), StoredPart(3, 5, "c")]


def test_parts_are_equally_long_but_the_last() -> None:
    assert [10, 10, 5] == [UPLOAD.size_of(number) for number in (1, 2, 3)]
    even = replace(UPLOAD, bytes=20)
    assert (2, 10) == (even.parts_total, even.size_of(2))


def test_whole_is_every_part_with_its_size() -> None:
    require_whole(UPLOAD, PARTS)
    require_whole(UPLOAD, [StoredPart(1, 10, "earlier"), *PARTS])


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        (PARTS[:1], "2 of 3 parts are missing: 2, 3."),
        ([*PARTS[:2], StoredPart(3, 10, "c")], "wrong size: 3."),
        ([*PARTS, StoredPart(4, 10, "d")], "wrong size: 4."),
        ([StoredPart(1, 9, "a"), *PARTS], "wrong size: 1."),
    ],
)
def test_what_is_not_whole_is_told_by_its_parts(parts: list[StoredPart], told: str) -> None:
    with pytest.raises(Conflict, match=told):
        require_whole(UPLOAD, parts)


def test_of_many_missing_parts_some_are_named() -> None:
    with pytest.raises(Conflict, match=r"1000 of 1000 .* 19, 20 …"):
        require_whole(replace(UPLOAD, bytes=10_000), [])


@pytest.fixture
async def upload(store: JobStore, tenant: str) -> Upload:
    return await created(store, tenant)


async def created(store: JobStore, tenant: str, keep_s: float = 60) -> Upload:
    return await store.uploads.create(
        tenant,
        new_job_id(),
        Way.TUS,
        name="walk.mp4",
        size=25,
        sha256=None,
        part_bytes=10,
        s3_upload_id=new_job_id(),
        metadata="",
        keep_s=keep_s,
    )


async def queued(store: JobStore, upload_id: str) -> list[str]:
    """The names of an upload's tasks, in the order of their making."""
    async with store.database.transaction() as connection:
        cursor = await connection.execute(
            "SELECT task_name FROM procrastinate_jobs WHERE args->>'upload_id' = %s ORDER BY id",
            (upload_id,),
        )
        return [row["task_name"] async for row in cursor]


async def test_an_upload_is_verified_once(store: JobStore, upload: Upload) -> None:
    await store.uploads.verify(upload.id, "a" * 64)
    await store.uploads.verify(upload.id, "b" * 64)
    assert "a" * 64 == (await store.uploads.verifying(upload.id)).sha256

    await store.uploads.verified(upload.id, "a" * 64, 60)
    await store.uploads.fail(upload.id, DamagedUpload("Too late."))

    found = await store.uploads.get(upload.id)
    assert (UploadState.COMPLETE, None, 25) == (found.state, found.error, found.received)
    assert [VERIFY_UPLOAD] == await queued(store, upload.id)
    with pytest.raises(Superseded):
        await store.uploads.verifying(upload.id)


async def test_a_failed_upload_tells_why_and_its_bytes_go(store: JobStore, upload: Upload) -> None:
    await store.uploads.verify(upload.id)
    await store.uploads.fail(upload.id, DamagedUpload("Other bytes."))

    found = await store.uploads.get(upload.id)
    assert UploadState.FAILED == found.state
    assert {"code": "damaged-upload", "status": 422, "detail": "Other bytes."} == found.error
    assert [VERIFY_UPLOAD, *[DISCARD_UPLOAD] * 2] == await queued(store, upload.id)


async def test_bytes_are_acknowledged_by_one(store: JobStore, upload: Upload) -> None:
    await store.uploads.received(upload.id, 0, 10, 60)
    with pytest.raises(Conflict):
        await store.uploads.received(upload.id, 0, 7, 60)

    assert 10 == (await store.uploads.get(upload.id)).received


async def test_another_tenants_upload_is_not_there(store: JobStore, upload: Upload) -> None:
    with pytest.raises(NotFound):
        await store.uploads.get(upload.id, "stranger")
    with pytest.raises(NotFound):
        await store.uploads.delete(upload.id, "stranger")
    assert await store.uploads.get(upload.id)


async def test_what_goes_on_does_not_expire(store: JobStore, tenant: str) -> None:
    late = await created(store, tenant, keep_s=-1)
    kept = await created(store, tenant, keep_s=-1)
    assert late.expired
    await store.uploads.keep(kept.id, 60)

    await store.uploads.delete_expired()

    assert not (await store.uploads.get(kept.id)).expired
    assert [DISCARD_UPLOAD] * 2 == await queued(store, late.id)
    with pytest.raises(NotFound):
        await store.uploads.get(late.id)
