"""Objects read by ranges are the bytes that were written."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest

from nhance_kit import object_reading
from nhance_kit.errors import NotFound, StoreUnavailable
from nhance_kit.objects import PART_BYTES, ObjectStore
from nhance_kit.settings import Settings


@pytest.fixture
def key(objects: ObjectStore, tenant: str) -> str:
    return f"{tenant}/object"


def test_a_reader_is_a_file(
    objects: ObjectStore, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_reading, "BLOCK_BYTES", 1000)
    data = random.Random(1).randbytes(12_345)
    objects.put(key, data)
    reader, file = objects.open(key), io.BytesIO(data)

    moves = random.Random(2)
    for _ in range(300):
        at, size = moves.randrange(13_000), moves.randrange(4000)
        assert file.seek(at) == reader.seek(at)
        assert file.read(size) == reader.read(size)
    assert file.seek(-5, io.SEEK_END) == reader.seek(-5, io.SEEK_END)
    assert file.read() == reader.read()
    assert len(reader._blocks) <= object_reading.BLOCKS_KEPT


def test_what_is_missing_is_not_found(objects: ObjectStore, key: str) -> None:
    with pytest.raises(NotFound):
        objects.get(key)
    with pytest.raises(NotFound):
        objects.open(key)


def test_a_file_that_the_store_refuses_is_worth_another_try(
    settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * (PART_BYTES + 1))
    stranger = ObjectStore(settings.model_copy(update={"s3_access_key_id": "nobodys"}))
    with pytest.raises(StoreUnavailable):
        stranger.put_file("key", path, "video/mp4")


def test_what_the_store_keeps_is_not_taken_for_deleted(
    objects: ObjectStore, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects.put(key, b"x")
    refusal = {"Errors": [{"Key": key, "Code": "InternalError", "Message": "Try again."}]}
    monkeypatch.setattr(objects._s3, "delete_objects", lambda **_: refusal)
    with pytest.raises(StoreUnavailable, match="InternalError"):
        objects.delete_prefix(key)


def test_a_prefix_is_deleted_whole(objects: ObjectStore, tenant: str) -> None:
    for number in range(3):
        objects.put(f"{tenant}/job/batches/{number}", b"x")
    objects.start_upload(f"{tenant}/job/source")
    objects.put(f"{tenant}/jobs-neighbour", b"x")

    objects.delete_prefix(f"{tenant}/job/")

    assert [f"{tenant}/jobs-neighbour"] == objects.keys(f"{tenant}/")


def test_one_object_of_a_prefix_may_stay(objects: ObjectStore, tenant: str) -> None:
    for name in ("source", "source.mp4", "batches/0"):
        objects.put(f"{tenant}/job/{name}", b"x")

    objects.delete_prefix(f"{tenant}/job/", f"{tenant}/job/source")

    assert [f"{tenant}/job/source"] == objects.keys(f"{tenant}/")


@pytest.mark.parametrize("size", [3, PART_BYTES + 5])
def test_an_object_is_copied_within_the_store(objects: ObjectStore, key: str, size: int) -> None:
    data = random.Random(3).randbytes(size)
    objects.put(key, data)

    objects.copy(key, f"{key}-copy")

    assert data == objects.get(f"{key}-copy")
    with pytest.raises(NotFound):
        objects.copy(f"{key}-missing", f"{key}-other")
