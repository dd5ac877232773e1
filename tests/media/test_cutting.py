"""Batches decode, one by one and without the container, to what the whole decodes to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from av.video.frame import VideoFrame

from nhance_media import cutting
from nhance_media.batches import config_of, message_of
from nhance_media.decoding import decode
from nhance_media.recutting import frame_batches
from nhance_media.source import main_video, open_source
from nhance_proto.v1.frame_batch_pb2 import FrameBatch
from tests.clips import frames_of, write_clip

KINDS = {
    "closed GOPs": ("libx264", {"preset": "veryfast", "g": "12", "bf": "3"}, "clip.mp4"),
    "open GOPs": ("libx264", {"x264-params": "keyint=12:open-gop=1:bframes=3"}, "clip.mp4"),
    "open GOPs, HEVC": (
        "libx265",
        {"preset": "ultrafast", "x265-params": "keyint=12:open-gop=1:bframes=3:log-level=none"},
        "clip.mp4",
    ),
    "intra only": ("mjpeg", {}, "clip.avi"),
    "hidden frames": ("libvpx-vp9", {"g": "12", "deadline": "realtime", "cpu-used": "8"}, "c.webm"),
    "MPEG-4": ("mpeg4", {"g": "12", "bf": "2"}, "clip.mp4"),
}


def cut(path: Path, target_s: float) -> list[FrameBatch]:
    """All batches of a file, each sent through its wire format."""
    with path.open("rb") as file, open_source(file) as container:
        video = main_video(container)
        assert video.time_base is not None
        packets = (message_of(packet) for packet in container.demux(video) if packet.size)
        return [
            FrameBatch.FromString(batch.SerializeToString())
            for batch in frame_batches(config_of(video), video.time_base, packets, target_s)
        ]


def content(frame: VideoFrame) -> tuple[int | None, bytes]:
    """A frame's time and samples, whatever its planar format, without the padding of its rows."""
    sample_bytes = 2 if frame.format.components[0].bits > 8 else 1
    rows = []
    for plane in frame.planes:
        data = np.frombuffer(memoryview(plane), np.uint8)[: plane.line_size * plane.height]
        rows.append(data.reshape(plane.height, -1)[:, : plane.width * sample_bytes].tobytes())
    return frame.pts, b"".join(rows)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("target_s", [0.1, 0.9, 60.0])
def test_batches_decode_to_the_whole(tmp_path: Path, kind: str, target_s: float) -> None:
    codec, options, name = KINDS[kind]
    pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    path = write_clip(
        tmp_path / name, codec=codec, options=options, pix_fmt=pix_fmt, audio=None, frames=60
    )

    batches = cut(path, target_s)
    inside, beyond = [], []
    for batch in batches:
        frames = list(decode(batch))
        shown = [frame for frame in frames if (frame.pts or 0) < batch.end_pts]
        assert batch.frames == len(shown)
        inside.append([content(frame) for frame in shown])
        beyond.append([content(frame) for frame in frames[len(shown) :]])

    assert [content(frame) for frame in frames_of(path)] == [f for batch in inside for f in batch]
    assert [batch[:1] for batch in inside[1:]] == beyond[:-1], (
        "each has its neighbour's first frame"
    )
    assert beyond[-1] == []
    assert (len(batches) > 1) == (target_s < 60)


def test_a_gop_too_long_is_recut_without_loss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutting, "LONGEST_GOP_S", 0.1)
    options = {"x264-params": "keyint=40:open-gop=1:bframes=3:scenecut=0"}
    path = write_clip(tmp_path / "long.mp4", options=options, audio=None, frames=100)

    batches = cut(path, 0.3)
    shown = [
        content(frame)
        for batch in batches
        for frame in decode(batch)
        if (frame.pts or 0) < batch.end_pts
    ]

    assert [content(frame) for frame in frames_of(path)] == shown
    assert len(batches) >= 12
    assert sum(batch.frames for batch in batches) == 100


FINER = {
    "ten bits": ("libx264", "yuv420p10le"),
    "4:2:2 in ten bits": ("libx264", "yuv422p10le"),
    "4:4:4": ("libx264", "yuv444p"),
    "full range": ("libx264", "yuvj420p"),
    "twelve bits": ("libx265", "yuv422p12le"),
    "grey": ("libx265", "gray"),
    "4:4:0": ("libvpx-vp9", "yuv440p"),
}


@pytest.mark.parametrize("name", FINER)
def test_every_format_is_recut_without_loss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(cutting, "LONGEST_GOP_S", 0.1)
    codec, pix_fmt = FINER[name]
    options = {"g": "60"} if codec != "libx265" else {"x265-params": "keyint=60:log-level=none"}
    path = write_clip(
        tmp_path / "long.mkv", codec=codec, pix_fmt=pix_fmt, options=options, audio=None
    )

    batches = cut(path, 0.3)
    shown = [
        content(frame)
        for batch in batches
        for frame in decode(batch)
        if (frame.pts or 0) < batch.end_pts
    ]

    whole = frames_of(path)
    assert {frame.format.name for frame in whole} == {pix_fmt}
    assert [content(frame) for frame in whole] == shown
    assert len(batches) >= 5


def test_many_packets_end_a_batch_whatever_their_times(tmp_path: Path) -> None:
    path = write_clip(
        tmp_path / "dense.avi", codec="mjpeg", pix_fmt="yuvj420p", audio=None, frames=1300,
        size=(32, 32),
    )  # fmt: skip

    counts = [len(batch.packets) for batch in cut(path, 1e9)]

    a_gop = round(25 * cutting.GOP_S)
    assert max(counts) <= cutting.TARGET_PACKETS + a_gop + 1
    assert len(counts) == 3
