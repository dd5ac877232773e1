"""Encoding one segment. The same frames and options give the same bytes, on any machine."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import av
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from nhance_kit.jobs import AUTOMATIC_CODECS
from nhance_media.batches import fraction
from nhance_media.colour import HDR_TRANSFERS, LIMITED_BT709
from nhance_media.hdr_metadata import svt_params, x264_params, x265_params
from nhance_media.samples import Samples, fitted, frame_of, layout_of, planar
from nhance_proto.v1.frame_batch_pb2 import Packet, VideoConfig

# Counted up when the options below change: segments of two encoders, or of one with other options,
# cannot be joined.
REVISION = 2
VERSION = f"av {av.__version__}, options {REVISION}"
# What makes x264 give the same bytes in every run. Its output depends on the number of threads. And
# its AVX-512 code for macroblock-tree reads memory that nothing has written where the width is no
# multiple of 64 (seen with MALLOC_PERTURB_ set to this and that); the SSE4.2 code does not, gives
# the bits of the AVX2 code, and is a tenth slower.
REPRODUCIBLE = {"threads": "4"}
if platform.machine() == "x86_64":
    REPRODUCIBLE["x264-params"] = "asm=sse4.2"
UNKNOWN_RATE = Fraction(30)
# x265 gives the same bytes whatever the machine's cores only if its threads are counted out.
X265 = "log-level=error:pools=4:frame-threads=2:open-gop=0"
# SVT-AV1 counts its presets from 13, fastest, to 0.
SVT_PRESETS = {
    "ultrafast": 12,
    "superfast": 11,
    "veryfast": 10,
    "faster": 9,
    "fast": 8,
    "medium": 7,
    "slow": 5,
    "slower": 4,
    "veryslow": 2,
}
SVT = "lp=4"
ENCODERS = {"h264": "libx264", "hevc": "libx265", "av1": "libsvtav1"}
# Where nothing is asked for, a model that changes nothing comes back at 48 dB or more, whatever the
# picture. x264's rate factor promises no such thing: on busy pictures it raises the quantiser, by
# 7 dB and more. So it gets one quantiser for everything, and 4:4:4 not the worse chroma that x264
# gives it on its own.
QP = 12
FLAT = "aq-mode=0:ipratio=1:pbratio=1"
FINE_CHROMA = "chroma-qp-offset=-6"
CRF = {"hevc": 14, "av1": 10}
# Places by which pictures are reordered at most, with a pyramid of B pictures as these encoders
# build it. The same for every batch, also for one that is too short to have any.
REORDERED = {"h264": 2, "hevc": 2, "av1": 0}
# More is what players don't take.
MOST_BITS = 10


@dataclass(frozen=True)
class Quality:
    """What decides the bytes, besides frames and target.

    ``crf`` None is near to lossless: QP for H.264, CRF for the others.
    """

    crf: int | None
    preset: str

    def options(self, target: VideoConfig) -> dict[str, str]:
        """The encoder's options for a target."""
        common = {"preset": self.preset}
        if target.chroma_location:
            common["chroma_sample_location"] = str(target.chroma_location)
        if target.codec == "h264":
            return {**common, **REPRODUCIBLE, **self._x264(target)}
        common["crf"] = str(CRF[target.codec] if self.crf is None else self.crf)
        if target.codec == "hevc":
            return {**common, "x265-params": ":".join([X265, *x265_params(target)])}
        parameters = ":".join([SVT, *svt_params(target)])
        return {
            **common,
            "preset": str(SVT_PRESETS[self.preset]),
            "svtav1-params": parameters,
        }

    def _x264(self, target: VideoConfig) -> dict[str, str]:
        parameters = [REPRODUCIBLE.get("x264-params"), *x264_params(target)]
        if self.crf is not None:
            return {"crf": str(self.crf), "x264-params": ":".join(filter(None, parameters))}
        fine = [FINE_CHROMA] if layout_of(target.pix_fmt)[1] == (0, 0) else []
        parameters += [FLAT, *fine]
        return {"qp": str(QP), "x264-params": ":".join(filter(None, parameters))}


def target_of(source: VideoConfig, sdr: bool, codec: str | None) -> VideoConfig:
    """What the frames of a source are encoded as: codec, pixel format and colour tags.

    ``codec`` is h264, hevc or av1; None is H.264 for 8 bits, HEVC for more. ``sdr`` makes HDR
    BT.709.
    """
    target = VideoConfig()
    target.CopyFrom(source)
    target.codec_tag = target.extradata = b""
    bits, layout = layout_of(source.pix_fmt)
    if sdr and source.color_trc in HDR_TRANSFERS:
        bits, layout = 8, (1, 1)
        target.MergeFrom(LIMITED_BT709)
        for field in ("mastering_display", "max_cll", "max_fall"):
            target.ClearField(field)
    for_8_bits, for_more = AUTOMATIC_CODECS
    target.codec = codec or (for_8_bits if bits == 8 else for_more)
    target.pix_fmt = planar(min(bits, MOST_BITS), (1, 1) if target.codec == "av1" else layout)
    if layout_of(target.pix_fmt)[1] != layout_of(source.pix_fmt)[1]:
        target.chroma_location = 0
    return target


def comparison_target(source: VideoConfig) -> VideoConfig:
    """What a comparison is encoded as: what every browser shows, in the tags of what models see."""
    target = target_of(source, sdr=True, codec="h264")
    target.pix_fmt = planar(8, (1, 1))
    target.chroma_location = 0
    return target


def rate_of(target: VideoConfig) -> Fraction:
    """The frames a second that the output states; timestamps tell the truth."""
    rate = fraction(target.frame_rate)
    return rate.limit_denominator(10_000) if 1 <= rate <= 1000 else UNKNOWN_RATE


def configure(context: VideoCodecContext, target: VideoConfig, width: int, height: int) -> None:
    """Give a codec context the target's format, rate, colour tags and sample aspect ratio.

    The encoder's clock counts frames: it sees a constant rate, whatever the source's timestamps.
    """
    rate = rate_of(target)
    context.width = width
    context.height = height
    context.pix_fmt = target.pix_fmt
    context.framerate = rate
    context.time_base = 1 / rate
    context.sample_aspect_ratio = fraction(target.sample_aspect_ratio)
    context.color_primaries = target.color_primaries
    context.color_trc = target.color_trc
    context.colorspace = target.colorspace
    context.color_range = target.color_range
    context.flags |= Flags.global_header


class SegmentEncoder:
    """A run of frames; begins with an IDR picture and depends on no other segment.

    The first frame decides the size.
    """

    encoders: ClassVar[Mapping[str, str]] = ENCODERS
    reordered: ClassVar[Mapping[str, int]] = REORDERED

    def __init__(self, target: VideoConfig, quality: Quality) -> None:
        context = av.CodecContext.create(self.encoders[target.codec], "w")
        assert isinstance(context, VideoCodecContext)
        context.options = self.options(target, quality)
        self._target = target
        self._context = context
        self._times: list[tuple[int, int]] = []

    @staticmethod
    def options(target: VideoConfig, quality: Quality) -> dict[str, str]:
        """The encoder's options."""
        return quality.options(target)

    def encode(self, samples: Samples, pts: int, duration: int) -> Iterator[Packet]:
        """Packets that are ready; their pts and duration are in the caller's ticks, dts unset."""
        frame = frame_of(fitted(samples, self._target.pix_fmt))
        if not self._times:
            configure(self._context, self._target, frame.width, frame.height)
        frame.pts = len(self._times)
        frame.time_base = self._context.time_base
        self._times.append((pts, duration))
        yield from self._messages(frame)

    def finish(self) -> Iterator[Packet]:
        """The packets still inside; there need not have been a frame."""
        if self._times:
            yield from self._messages(None)

    def config(self) -> VideoConfig:
        """The description of what was encoded; valid when finished."""
        config = VideoConfig()
        config.CopyFrom(self._target)
        config.extradata = self._context.extradata or b""
        config.width = self._context.width
        config.height = self._context.height
        config.reordered = self.reordered[self._target.codec]
        return config

    def _messages(self, frame: VideoFrame | None) -> Iterator[Packet]:
        for packet in self._context.encode(frame):
            assert packet.pts is not None
            pts, duration = self._times[packet.pts]
            yield Packet(
                pts=pts, duration=duration, keyframe=packet.is_keyframe, data=bytes(packet)
            )
