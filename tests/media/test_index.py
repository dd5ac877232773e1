"""The index of a file by a stranger: read where it is sound, left alone where it is not."""

from __future__ import annotations

import io
import random
import struct
from pathlib import Path

import pytest

from nhance_kit.jobs import Metadata
from nhance_media.boxes import MOST_BOXES, parse
from nhance_media.index import XMP, put_back, read_index
from tests.clips import packets_of, write_clip
from tests.media.muxed import mux
from tests.media.sources import write_with_track


def box(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def test_boxes_come_back_as_they_were(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "a.mp4", frames=5).read_bytes()
    at = whole.index(b"moov") - 4
    (size,) = struct.unpack_from(">I", whole, at)

    assert whole[at : at + size] == parse(whole[at : at + size]).dump()


@pytest.mark.parametrize(
    "content",
    [
        box(b"trak", b"1234"),
        struct.pack(">I4s", 7, b"free"),
        struct.pack(">I4s", 9, b"free"),
        struct.pack(">I4s", 1 << 31, b"trak"),
        box(b"free") * (MOST_BOXES + 1),
    ],
)
def test_sizes_that_contradict_each_other(content: bytes) -> None:
    with pytest.raises(ValueError, match="box"):
        parse(box(b"moov", content))


def test_a_deep_nest_ends() -> None:
    content = b""
    for _ in range(1000):
        content = box(b"trak", content)

    assert len(content) == len(parse(content).dump())


def test_a_file_without_an_index() -> None:
    for content in (b"", b"1234", box(b"ftyp"), box(b"moov", box(b"trak")), b"\0" * 100):
        file = io.BytesIO(content)
        assert read_index(file) is None
        assert 0 == file.tell()


def test_damaged_indexes_are_read_or_left_alone(tmp_path: Path) -> None:
    whole = write_with_track(tmp_path / "a.mp4", b"mebx").read_bytes()
    at = whole.index(b"moov")
    luck = random.Random(0)
    read = 0
    for _ in range(500):
        mutant = bytearray(whole)
        for _ in range(luck.randint(1, 8)):
            mutant[luck.randrange(at, len(mutant))] = luck.randrange(256)
        index = read_index(io.BytesIO(bytes(mutant)))
        if index is not None:
            index.chapters(), index.timecodes(), index.tags()
            read += all(index.room_for_track(each) > 0 for each in index.describable())
    assert read > 0


def test_only_the_index_changes(tmp_path: Path) -> None:
    source = write_with_track(tmp_path / "a.mp4", b"mebx")
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(source.read_bytes())
    with source.open("rb") as file:
        index = read_index(file)
    assert index is not None
    index.moov.children = [each for each in index.moov.children if each.type != b"udta"]

    put_back(copy, index, 1, {}, tags=True)

    assert source.stat().st_size == copy.stat().st_size
    assert packets_of(source, "audio") == packets_of(copy, "audio")
    assert b"free" == parse(_moov(copy)).children[-1].type


def test_xmp_goes_along_unless_it_is_to_be_stripped(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "a.mp4", frames=5)
    xmp = box(b"uuid", XMP + b"<x:xmpmeta>GPS 37.7450</x:xmpmeta>")
    source.write_bytes(source.read_bytes() + box(b"uuid", bytes(16)) + xmp)

    kept, _ = mux(source, tmp_path)
    assert kept.read_bytes().endswith(xmp)
    assert 5 == len(packets_of(kept, "video"))
    for policy in (Metadata.STRIP_LOCATION, Metadata.STRIP):
        stripped, _ = mux(source, tmp_path, metadata=policy)
        assert b"xmpmeta" not in stripped.read_bytes()


def _moov(path: Path) -> bytes:
    whole = path.read_bytes()
    at = whole.index(b"moov") - 4
    return whole[at : at + struct.unpack_from(">I", whole, at)[0]]
