"""Damaged frames are counted, whether the decoder fills them in or loses them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import pytest
from av.video.stream import VideoStream

from nhance_media.batches import is_shown
from nhance_proto.v1.frame_batch_pb2 import Packet
from tests.clips import write_clip
from tests.identity import Given, through

Change = Callable[[int, bytes], bytes | None]
OPTIONS = {"g": "10", "bf": "0", "preset": "ultrafast"}


def rewritten(path: Path, source: Path, change: Change) -> Path:
    """A copy whose packets ``change`` alters or, with None, leaves out."""
    with av.open(str(source)) as before, av.open(str(path), "w") as after:
        stream = before.streams.video[0]
        video = after.add_stream_from_template(stream)
        assert isinstance(video, VideoStream)
        for index, packet in enumerate(p for p in before.demux(stream) if p.size):
            data = change(index, bytes(packet))
            if data is None:
                continue
            again = av.Packet(len(data))
            again.update(data)
            again.pts, again.dts, again.duration = packet.pts, packet.dts, packet.duration
            again.time_base, again.is_keyframe = packet.time_base, packet.is_keyframe
            again.stream = video
            after.mux_one(again)
    return path


def damaged(directory: Path, change: Change) -> Given:
    plain = write_clip(directory / "plain.mkv", options=OPTIONS, audio=None, frames=40)
    source = rewritten(directory / "source.mkv", plain, change)
    return through(source, directory, target_s=0.1, preset="ultrafast")


def test_what_the_decoder_fills_in_is_counted(tmp_path: Path) -> None:
    def change(index: int, data: bytes) -> bytes:
        half = len(data) // 2
        return data[:half] + bytes(len(data) - half) if index == 13 else data

    given = damaged(tmp_path, change)
    assert given.frames == 40
    assert given.warnings == [
        (
            "frames-concealed",
            "From 0.4 s on: 1 damaged frames were decoded in part; the decoder filled in what was "
            "missing.",
        )
    ]


def test_what_cannot_be_decoded_is_counted(tmp_path: Path) -> None:
    def change(index: int, data: bytes) -> bytes:
        return b"\0\0\0\x08nonsense" if index == 15 else data

    given = damaged(tmp_path, change)
    assert given.frames == 39
    assert ("frames-lost", "From 0.4 s on: 1 damaged frames could not be decoded.") in (
        given.warnings
    )


def test_a_batch_of_which_nothing_decodes_leaves_a_gap(tmp_path: Path) -> None:
    def change(index: int, data: bytes) -> bytes:
        if index == 10:
            return b"\0\0\0\x08\x65" + b"\xff" * 7  # says that it is a keyframe
        return b"\0\0\0\x08nonsense" if 10 < index < 20 else data

    given = damaged(tmp_path, change)
    assert given.frames == 30
    assert given.batches == 4
    assert given.warnings == [
        ("frames-lost", "From 0.4 s on: 10 damaged frames could not be decoded.")
    ]


@pytest.mark.parametrize("extension", ["mkv", "ts"])
def test_a_video_that_starts_in_mid_stream(tmp_path: Path, extension: str) -> None:
    plain = write_clip(tmp_path / f"plain.{extension}", options=OPTIONS, audio=None, frames=40)

    def change(index: int, data: bytes) -> bytes | None:
        return data if index >= 4 else None

    source = rewritten(tmp_path / f"source.{extension}", plain, change)
    given = through(source, tmp_path, target_s=0.1, preset="ultrafast")
    assert given.frames == 30
    assert given.warnings == [
        (
            "frames-lost",
            "The video starts in mid-stream: the 6 frames before its first keyframe are lost.",
        )
    ]


@pytest.mark.parametrize(
    ("codec", "first", "shown"),
    [
        ("vp8", 0x11, True),
        ("vp8", 0x01, False),
        ("vp9", 0b1000_0110, True),
        ("vp9", 0b1000_0100, False),
        ("vp9", 0b1000_1000, True),
        ("vp9", 0b1011_0001, True),
        ("vp9", 0b1011_0010, False),
        ("h264", 0, True),
    ],
)
def test_hidden_frames_are_not_missed(codec: str, first: int, shown: bool) -> None:
    assert shown == is_shown(codec, Packet(data=bytes([first, 0])))
