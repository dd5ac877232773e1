"""What is found out about a video before anything is done to it."""

from __future__ import annotations

import struct
from pathlib import Path

import av
import pytest

from nhance_kit.errors import UnsupportedMedia
from nhance_media.boxes import Box
from nhance_media.hdr import HdrRendition
from nhance_media.probe import Probe, probe
from nhance_media.rendition import rendition_of
from nhance_media.source import main_video, open_source
from tests.clips import write_clip
from tests.identity import through
from tests.media.sources import extend_entry

HLG, PQ = 18, 16
Tags = tuple[int, int, int]  # primaries, transfer and matrix (ITU-T H.273)


def probed(path: Path) -> Probe:
    with path.open("rb") as file, open_source(file) as container:
        return probe(container, main_video(container), path.stat().st_size)


def write_tagged(
    path: Path, codec: str, in_container: Tags, in_bitstream: Tags = (2, 2, 2), tag: str = ""
) -> Path:
    """A clip of limited range whose container and bitstream have tags of their own."""
    options = {
        "libx265": {"preset": "ultrafast", "x265-params": "log-level=error"},
        "libsvtav1": {"preset": "12"},
    }
    write_clip(
        path,
        codec=codec,
        pix_fmt="yuv420p10le",
        options=options[codec],
        audio=None,
        frames=5,
        tags=(*in_bitstream, 1),
    )
    extend_entry(path, Box(b"colr", b"nclx" + struct.pack(">3HB", *in_container, 0)))
    if tag:
        path.write_bytes(path.read_bytes().replace(b"hev1", tag.encode()))
    return path


@pytest.mark.parametrize("codec", ["libx265", "libsvtav1"])
@pytest.mark.parametrize("transfer", [HLG, PQ])
def test_tags_of_the_container_alone_make_hdr(tmp_path: Path, transfer: int, codec: str) -> None:
    source = write_tagged(tmp_path / "a.mp4", codec, (9, transfer, 9))

    found = probed(source)
    output = through(source, tmp_path, preset="ultrafast").path

    config = found.config
    expected = (9, transfer, 9, 1)
    assert expected == (
        config.color_primaries,
        config.color_trc,
        config.colorspace,
        config.color_range,
    )
    assert {
        "primaries": "BT.2020",
        "transfer": {HLG: "HLG", PQ: "PQ"}[transfer],
        "matrix": "BT.2020 NCL",
        "range": "limited",
    } == found.media["streams"][0]["colour"]
    assert isinstance(rendition_of(config, sdr=False), HdrRendition)
    with av.open(str(output)) as container:
        next(container.decode(video=0))
        context = container.streams.video[0].codec_context
        tags = context.color_primaries, context.color_trc, context.colorspace, context.color_range
        assert expected == tags
        assert "yuv420p10le" == context.pix_fmt


def test_tags_of_the_bitstream_are_believed_first(tmp_path: Path) -> None:
    source = write_tagged(tmp_path / "a.mp4", "libx265", (9, HLG, 9), (1, 1, 2))

    config = probed(source).config

    assert (1, 1, 9) == (config.color_primaries, config.color_trc, config.colorspace)


def test_tags_of_the_container_make_no_picture_of_dolby_vision_5(tmp_path: Path) -> None:
    source = write_tagged(tmp_path / "a.mp4", "libx265", (9, PQ, 9), tag="dvh1")

    with pytest.raises(UnsupportedMedia, match="profile 5"):
        probed(source)
