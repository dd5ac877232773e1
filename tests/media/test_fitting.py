"""A size or format that changes in mid-stream is brought to the first one, or refused."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from av.video.stream import VideoStream

from nhance_kit.errors import UnsupportedMedia
from nhance_media.batches import config_of, message_of
from nhance_media.decoding import decode
from nhance_media.recutting import frame_batches
from nhance_proto.v1.frame_batch_pb2 import Packet, VideoConfig
from tests.clips import frames_of, write_clip
from tests.identity import through


def joined(path: Path, parts: list[Path]) -> Path:
    """The packets of clips of 25 frames each, one after the other, in the first one's stream."""
    with av.open(str(path), "w") as after:
        video: VideoStream | None = None
        for number, part in enumerate(parts):
            with av.open(str(part)) as before:
                if video is None:
                    added = after.add_stream_from_template(before.streams.video[0])
                    assert isinstance(added, VideoStream)
                    video = added
                for packet in before.demux(video=0):
                    if packet.size:
                        packet.pts = (packet.pts or 0) + number * 1000
                        packet.dts = (packet.dts or 0) + number * 1000
                        packet.stream = video
                        after.mux_one(packet)
    return path


def clip(path: Path, size: tuple[int, int], pix_fmt: str = "yuvj420p") -> Path:
    return write_clip(path, codec="mjpeg", pix_fmt=pix_fmt, size=size, audio=None, frames=25)


def test_a_smaller_stretch_is_scaled_between_bars(tmp_path: Path) -> None:
    parts = [clip(tmp_path / "a.mkv", (128, 96)), clip(tmp_path / "b.mkv", (48, 96))]
    source = joined(tmp_path / "source.mkv", parts)
    given = through(source, tmp_path, target_s=0.3)
    frames = frames_of(given.path)
    assert {(frame.width, frame.height) for frame in frames} == {(128, 96)}
    assert len(frames) == 50
    late = frames[40].to_ndarray(format="gray")
    assert late[:, :38].max() < 20
    assert late[:, 90:].max() < 20
    assert late[:, 42:86].mean() > 60
    assert {code for code, _ in given.warnings} == {"frames-scaled"}
    assert "48×96" in given.warnings[0][1]


def test_another_format_is_converted(tmp_path: Path) -> None:
    parts = [
        clip(tmp_path / "a.mkv", (128, 96)),
        clip(tmp_path / "b.mkv", (128, 96), "yuvj444p"),
    ]
    source = joined(tmp_path / "source.mkv", parts)
    given = through(source, tmp_path, target_s=0.3)
    before, after = frames_of(source), frames_of(given.path)
    assert {frame.format.name for frame in after} == {"yuvj420p"}
    for frame, again in zip(before, after, strict=True):
        lumas = [each.to_ndarray(format="gray").astype(int) for each in (frame, again)]
        assert np.abs(lumas[0] - lumas[1]).mean() < 2


def test_strict_refuses_it(tmp_path: Path) -> None:
    parts = [clip(tmp_path / "a.mkv", (128, 96)), clip(tmp_path / "b.mkv", (48, 96))]
    source = joined(tmp_path / "source.mkv", parts)
    with pytest.raises(UnsupportedMedia, match=r"from 128×96 .* to 48×96"):
        through(source, tmp_path, strict=True)


def test_new_parameters_of_the_decoder_begin_a_batch(tmp_path: Path) -> None:
    """As MP4 with a second sample description, which changes them between two packets."""
    packets: list[Packet] = []
    sizes = [(128, 96), (64, 48)]
    config: VideoConfig | None = None
    for number, size in enumerate(sizes):
        path = write_clip(tmp_path / f"{number}.mp4", size=size, audio=None, frames=25)
        with av.open(str(path)) as container:
            video = container.streams.video[0]
            messages = [message_of(packet) for packet in container.demux(video) if packet.size]
            for message in messages:
                message.pts += number * 12_800
            if config is None:
                config = config_of(video)
            else:
                messages[0].extradata = config_of(video).extradata
            assert video.time_base is not None
            time_base = video.time_base
            packets += messages
    assert config is not None
    batches = list(frame_batches(config, time_base, iter(packets)))
    found = [[(frame.width, frame.height) for frame in decode(batch)] for batch in batches]
    assert found == [[size] * 25 for size in sizes]
