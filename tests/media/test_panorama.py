"""A 360° video comes back as one, where the containers can say so."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import av
import pytest
from av.sidedata.sidedata import Type as SideDataType

from nhance_kit.jobs import Container, Metadata
from nhance_media import panorama
from nhance_media.boxes import Box
from nhance_media.probe import panorama_lost, probe
from nhance_media.source import main_video, open_source
from tests.clips import packets_of
from tests.media.muxed import mux
from tests.media.sources import moov_of, write_panorama


def lies_around(path: Path) -> list[bytes]:
    return [box.dump() for box in panorama.described(moov_of(path).every(b"trak")[0])]


def side_data(path: Path) -> set[SideDataType]:
    with av.open(str(path)) as container:
        found: Any = next(container.decode(video=0)).side_data
        return {kind for kind in (SideDataType.SPHERICAL, SideDataType.STEREO3D) if kind in found}


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


def test_other_containers_say_that_it_is_lost(tmp_path: Path) -> None:
    source = write_panorama(tmp_path / "a.mp4", 2)
    with source.open("rb") as file, open_source(file) as container:
        found = probe(container, main_video(container), source.stat().st_size)
        assert found.panoramic
        assert [] == panorama_lost(container, Container.MOV)
        (lost,) = panorama_lost(container, Container.MKV)
    assert "360°" in lost.sentence


def test_an_unsound_description_is_none() -> None:
    entry = struct.pack(">I4s", 90, b"avc1") + bytes(panorama.ENTRY_FIELDS - 8) + b"\0\0\1\0"
    trak = Box(b"stsd", struct.pack(">II", 0, 1) + entry)
    for kind in (b"stbl", b"minf", b"mdia", b"trak"):
        trak = Box(kind, children=[trak])

    assert [] == panorama.described(trak)
