"""Encoding one segment. The same frames and options give the same bytes, on any machine."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import av
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from nhance_media.batches import fraction
from nhance_proto.v1.frame_batch_pb2 import Packet, VideoConfig

# What makes x264 give the same bytes in every run. Its output depends on the number of threads. And
# its AVX-512 code for macroblock-tree reads memory that nothing has written where the width is no
# multiple of 64 (seen with MALLOC_PERTURB_ set to this and that); the SSE4.2 code does not, gives
# the bits of the AVX2 code, and is a tenth slower.
REPRODUCIBLE = {"threads": "4"}
if platform.machine() == "x86_64":
    REPRODUCIBLE["x264-params"] = "asm=sse4.2"
UNKNOWN_RATE = Fraction(30)


@dataclass(frozen=True)
class EncoderOptions:
    """What decides the bytes, besides the frames. The number of threads is part of it."""

    crf: int
    preset: str

    def for_x264(self) -> dict[str, str]:
        return {"crf": str(self.crf), "preset": self.preset, **REPRODUCIBLE}


def configure(
    encoder: VideoCodecContext | VideoStream, source: VideoConfig, width: int, height: int
) -> None:
    """Give an encoder the source's rate, colour tags and sample aspect ratio.

    The encoder's clock counts frames: it sees a constant rate, whatever the source's timestamps.
    """
    context = encoder.codec_context if isinstance(encoder, VideoStream) else encoder
    rate = fraction(source.frame_rate)
    rate = rate.limit_denominator(10_000) if 1 <= rate <= 1000 else UNKNOWN_RATE
    context.width = width
    context.height = height
    context.pix_fmt = "nv12"
    context.framerate = rate
    context.time_base = 1 / rate
    context.sample_aspect_ratio = fraction(source.sample_aspect_ratio)
    context.color_primaries = source.color_primaries
    context.color_trc = source.color_trc
    context.colorspace = source.colorspace
    context.color_range = source.color_range
    context.flags |= Flags.global_header


class SegmentEncoder:
    """H.264 for a run of frames; begins with an IDR picture and depends on no other segment."""

    def __init__(
        self, source: VideoConfig, width: int, height: int, options: EncoderOptions
    ) -> None:
        context = av.CodecContext.create("libx264", "w")
        assert isinstance(context, VideoCodecContext)
        configure(context, source, width, height)
        context.options = options.for_x264()
        self._context = context
        self._times: list[tuple[int, int]] = []

    def encode(self, frame: VideoFrame, pts: int, duration: int) -> Iterator[Packet]:
        """Packets that are ready; their pts and duration are in the caller's ticks, dts unset."""
        frame.pts = len(self._times)
        frame.time_base = self._context.time_base
        self._times.append((pts, duration))
        yield from self._messages(frame)

    def finish(self) -> Iterator[Packet]:
        """The packets still inside."""
        yield from self._messages(None)

    def config(self, source: VideoConfig) -> VideoConfig:
        """The description of what was encoded; valid once the first frame went in."""
        config = VideoConfig()
        config.CopyFrom(source)
        config.codec = "h264"
        config.codec_tag = b""
        config.extradata = self._context.extradata or b""
        config.width = self._context.width
        config.height = self._context.height
        config.pix_fmt = "yuv420p"
        return config

    def _messages(self, frame: VideoFrame | None) -> Iterator[Packet]:
        for packet in self._context.encode(frame):
            assert packet.pts is not None
            pts, duration = self._times[packet.pts]
            yield Packet(
                pts=pts, duration=duration, keyframe=packet.is_keyframe, data=bytes(packet)
            )
