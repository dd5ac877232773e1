"""A file described, stream by stream."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from nhance_kit.report import Stream
from nhance_media.probe import described
from tests.clips import write_clip


def test_a_clip(tmp_path: Path) -> None:
    path = write_clip(
        tmp_path / "clip.mp4",
        size=(160, 96),
        frames=25,
        tags=(6, 6, 6, 2),
        pix_fmt="yuvj420p",
        sample_aspect_ratio=Fraction(64, 45),
    )

    video, audio = described(path)

    assert {
        "index": 0,
        "type": "video",
        "codec": "h264",
        "duration_s": 1.0,
        "packets": 25,
        "width": 160,
        "height": 96,
        "pix_fmt": "yuvj420p",
        "sample_aspect_ratio": "64:45",
        "frame_rate": 25.0,
        "colour": {
            "primaries": "SMPTE 170M",
            "transfer": "SMPTE 170M",
            "matrix": "SMPTE 170M",
            "range": "full",
        },
        "rotation": 0,
        "reflected": False,
    } == video.model_dump(exclude_none=True)
    assert (1, "audio", "aac", None) == (audio.index, audio.type, audio.codec, audio.width)


@pytest.mark.parametrize(
    ("numbers", "rotation", "reflected"),
    [
        ((0, 1, -1, 0), -90, False),
        ((-1, 0, 0, -1), -180, False),
        ((0, -1, 1, 0), 90, False),
        ((-1, 0, 0, 1), -180, True),
    ],
)
def test_orientations(
    tmp_path: Path, numbers: tuple[int, int, int, int], rotation: int, reflected: bool
) -> None:
    a, b, c, d = (number << 16 for number in numbers)
    matrix = (a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path = write_clip(tmp_path / "clip.mp4", frames=3, audio=None, display_matrix=matrix)

    (video,) = described(path)

    assert (rotation, reflected) == (video.rotation, video.reflected)


def test_static_metadata_of_hdr(shared_data: Path) -> None:
    video: Stream = described(shared_data / "videos/hdr10-video-with-sdr-container.mp4")[0]

    assert video.colour is not None
    assert ("BT.2020", "PQ", "BT.2020 NCL", "limited") == (
        video.colour.primaries,
        video.colour.transfer,
        video.colour.matrix,
        video.colour.range,
    )
    assert video.hdr is not None
    assert (1000, 200) == (video.hdr.max_cll, video.hdr.max_fall)
