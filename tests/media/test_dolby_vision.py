"""Dolby Vision comes back as the HDR that its picture is, and no longer says that it is more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import pytest
from av.sidedata.sidedata import Type as SideDataType

from nhance_kit.warned import WarningCode
from tests.clips import frames_of, packets_of
from tests.dolby_vision import HLG, PQ, write_dolby_vision
from tests.e2e.fidelity import KEPT, picture
from tests.e2e.readers import ffprobe, mediainfo, missing_readers
from tests.identity import through
from tests.media.sources import moov_of

METADATA = (SideDataType.DOVI_RPU_BUFFER, SideDataType.DOVI_METADATA)


def read_by_ffprobe(path: Path) -> dict[str, Any]:
    stream: dict[str, Any] = ffprobe(path, "-show_streams", "-select_streams", "v")["streams"][0]
    return stream


def metadata_of(path: Path) -> list[bool]:
    """For each frame, whether it has any."""
    found: list[Any] = [frame.side_data for frame in frames_of(path)]
    return [any(kind in side_data for kind in METADATA) for side_data in found]


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
@pytest.mark.parametrize("transfer", [HLG, PQ])
def test_it_comes_back_as_the_hdr_of_its_picture(
    tmp_path: Path, transfer: int, suffix: str
) -> None:
    source = write_dolby_vision(tmp_path / f"a{suffix}", transfer)
    assert all(metadata_of(source))

    given = through(source, tmp_path, target_s=0.4)

    ((code, sentence),) = given.warnings
    assert WarningCode.METADATA_DROPPED == code
    assert "Dolby Vision" in sentence
    assert suffix == given.path.suffix
    assert given.batches > 1
    assert picture(source, given.path).startswith(KEPT)
    assert not any(metadata_of(given.path))
    assert [True, False] == [b"dvvC" in moov_of(path).dump() for path in (source, given.path)]
    assert packets_of(source, "audio") == packets_of(given.path, "audio")
    with av.open(str(given.path)) as container:
        context = container.streams.video[0].codec_context
        tags = context.color_primaries, context.color_trc, context.colorspace, context.color_range
        assert ("hevc", "hvc1", "yuv420p10le") == (
            context.codec.canonical_name,
            context.codec_tag,
            context.pix_fmt,
        )
        assert (9, transfer, 9, 1) == tags


@pytest.mark.skipif(bool(missing_readers()), reason="no ffprobe or no MediaInfo")
@pytest.mark.parametrize("transfer", [HLG, PQ])
def test_other_readers_agree(tmp_path: Path, transfer: int) -> None:
    source = write_dolby_vision(tmp_path / "a.mp4", transfer)

    output = through(source, tmp_path).path

    before, after = read_by_ffprobe(source), read_by_ffprobe(output)
    assert "DOVI configuration record" == before["side_data_list"][0]["side_data_type"]
    assert "side_data_list" not in after
    for name in ("codec_tag_string", "pix_fmt", "color_transfer", "color_primaries"):
        assert before[name] == after[name]
    said, says = mediainfo(source)["Video"][0], mediainfo(output)["Video"][0]
    assert "Dolby Vision" in said["HDR_Format"]
    assert "HDR_Format" not in says
    for name in ("CodecID", "BitDepth", "transfer_characteristics", "colour_primaries"):
        assert said[name] == says[name]
