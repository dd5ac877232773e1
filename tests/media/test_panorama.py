"""A 360° video comes back as one, where the containers can say so."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import av
import pytest
from av.sidedata.sidedata import Type as SideDataType

from nhance_kit.jobs import Container, Metadata
from nhance_kit.warned import WarningCode
from nhance_media import panorama
from nhance_media.boxes import Box
from tests.clips import packets_of, write_clip
from tests.identity import through
from tests.media.muxed import mux
from tests.media.sources import PANORAMA_V2, extend_entry, moov_of, write_panorama
from tests.spatial import write_spatial


def lies_around(path: Path) -> list[bytes]:
    return [box.dump() for box in panorama.described(moov_of(path).every(b"trak")[0])]


def side_data(path: Path) -> set[SideDataType]:
    with av.open(str(path)) as container:
        found: Any = next(container.decode(video=0)).side_data
        return {kind for kind in (SideDataType.SPHERICAL, SideDataType.STEREO3D) if kind in found}


def said(path: Path, directory: Path, container: Container | None = None) -> list[str]:
    """What warnings say of an output."""
    warnings = through(path, directory, container=container, preset="ultrafast").warnings
    assert all(WarningCode.METADATA_DROPPED == code for code, _ in warnings)
    return [sentence for _, sentence in warnings]


@pytest.mark.parametrize("policy", list(Metadata))
@pytest.mark.parametrize("container", [Container.MP4, Container.MOV])
@pytest.mark.parametrize("version", [1, 2])
def test_both_versions_go_along(
    tmp_path: Path, version: int, container: Container, policy: Metadata
) -> None:
    source = write_panorama(tmp_path / "a.mp4", version)
    assert SideDataType.SPHERICAL in side_data(source)

    output, left_out = mux(source, tmp_path, container, policy)

    assert [] == left_out
    assert side_data(source) == side_data(output)
    assert lies_around(source) == lies_around(output)
    assert 12 == len(packets_of(output, "video"))
    assert packets_of(source, "audio") == packets_of(output, "audio")
    assert b"...." not in moov_of(output).dump().replace(bytes(1), b"")


def test_the_tracks_title_is_what_it_was(tmp_path: Path) -> None:
    source = write_panorama(tmp_path / "a.mp4", 1, title="On the roof")

    output, _ = mux(source, tmp_path)

    udta = moov_of(output).every(b"trak")[0].find(b"udta")
    assert udta is not None
    assert Box(b"name", b"On the roof").dump() == udta.content


@pytest.mark.parametrize("version", [1, 2])
def test_other_containers_say_that_it_is_lost(tmp_path: Path, version: int) -> None:
    source = write_panorama(tmp_path / "a.mp4", version)

    kept, lost = (said(source, tmp_path, container) for container in (None, Container.MKV))

    assert [] == kept
    assert 1 == len(lost)
    assert "360°" in lost[0]


def full_box(kind: bytes, content: bytes) -> bytes:
    return Box(kind, bytes(4) + content).dump()


EYES = Box(b"eyes", full_box(b"stri", b"\3")).dump()
PACKED = Box(b"pack", full_box(b"pkin", b"side")).dump()
FLAT = Box(b"proj", full_box(b"prji", b"rect")).dump()
HALF_ROUND = Box(b"proj", full_box(b"prji", b"hequ")).dump()


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        (Box(b"vexu", EYES), "view for each eye"),
        (Box(b"vexu", EYES + FLAT), "view for each eye"),
        (Box(b"vexu", EYES + PACKED), "360° or 3D"),
        (Box(b"vexu", HALF_ROUND), "360° or 3D"),
        (Box(b"vexu", FLAT), None),
        (Box(b"hfov", struct.pack(">I", 63_000)), None),
        (PANORAMA_V2[0], None),
        (Box(b"st3d", bytes(5)), None),
    ],
)
def test_what_is_not_put_back_is_told(tmp_path: Path, box: Box, expected: str | None) -> None:
    source = write_clip(tmp_path / "a.mp4", frames=5)
    extend_entry(source, box)

    found = said(source, tmp_path)

    assert (expected is not None) == len(found)
    assert all(expected and expected in sentence for sentence in found)


def test_eyes_side_by_side_are_told_of_outside_of_mp4(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "a.mp4", frames=5)
    extend_entry(source, PANORAMA_V2[0])

    (found,) = said(source, tmp_path, Container.MKV)

    assert "360° or 3D" in found


def test_a_layer_for_each_eye_is_told_of(tmp_path: Path) -> None:
    (found,) = said(write_spatial(tmp_path / "a.mp4"), tmp_path)

    assert "view for each eye" in found


def test_an_unsound_description_is_none() -> None:
    entry = struct.pack(">I4s", 90, b"avc1") + bytes(panorama.ENTRY_FIELDS - 8) + b"\0\0\1\0"
    trak = Box(b"stsd", struct.pack(">II", 0, 1) + entry)
    for kind in (b"stbl", b"minf", b"mdia", b"trak"):
        trak = Box(kind, children=[trak])

    assert [] == panorama.described(trak)
