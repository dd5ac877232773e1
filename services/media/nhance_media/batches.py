"""Frame batches: from packets to messages and back. See ``proto/nhance_proto/v1``."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import cast

import av
from av.video.stream import VideoStream

from nhance_proto.v1.frame_batch_pb2 import FrameBatch, Packet, Rational, VideoConfig

FULL_RANGE = 2


def rational(value: Fraction | None) -> Rational:
    value = value or Fraction(0)
    return Rational(numerator=value.numerator, denominator=value.denominator)


def fraction(value: Rational) -> Fraction:
    """Zero where the field is unset."""
    return Fraction(value.numerator, value.denominator or 1)


def config_of(stream: VideoStream) -> VideoConfig:
    """What a decoder needs to know of a stream of an open container."""
    context = stream.codec_context
    return VideoConfig(
        codec=context.codec.canonical_name,
        codec_tag=context.codec_tag.encode("latin-1"),
        extradata=context.extradata or b"",
        width=context.width,
        height=context.height,
        pix_fmt=context.pix_fmt or "",
        color_primaries=int(context.color_primaries),
        color_trc=int(context.color_trc),
        colorspace=int(context.colorspace),
        color_range=FULL_RANGE
        if (context.pix_fmt or "").startswith("yuvj")
        else int(context.color_range),
        sample_aspect_ratio=rational(stream.sample_aspect_ratio),
        frame_rate=rational(stream.average_rate),
    )


def message_of(packet: av.Packet[VideoStream]) -> Packet:
    """A packet as a message, in the ticks of its stream."""
    changed = packet.has_sidedata("new_extradata")
    return Packet(
        extradata=bytes(packet.get_sidedata("new_extradata")) if changed else b"",
        pts=packet.pts,
        dts=packet.dts,
        duration=packet.duration or 0,
        keyframe=packet.is_keyframe,
        discard=packet.is_discard,
        data=bytes(packet),
    )


def packet_of(message: Packet, time_base: Fraction) -> av.Packet[VideoStream]:
    """A message as a packet.

    It is sized first and filled then: a packet made of bytes lacks the zero padding that
    decoders read into.
    """
    packet = cast("av.Packet[VideoStream]", av.Packet(len(message.data)))
    packet.update(message.data)
    packet.pts = message.pts if message.HasField("pts") else None
    packet.dts = message.dts if message.HasField("dts") else None
    packet.duration = message.duration
    packet.time_base = time_base
    packet.is_keyframe = message.keyframe
    return packet


def make_batch(
    config: VideoConfig,
    time_base: Fraction,
    window: tuple[int, int],
    frames: int,
    packets: Sequence[Packet],
) -> FrameBatch:
    """``window`` is [start_pts, end_pts)."""
    return FrameBatch(
        video=config,
        time_base=rational(time_base),
        start_pts=window[0],
        end_pts=window[1],
        frames=frames,
        packets=packets,
    )


def frames_within(codec: str, packets: Sequence[Packet], window: tuple[int, int]) -> int:
    """How many frames the packets will show in the window, if none is damaged."""
    return sum(is_shown(codec, p) and window[0] <= p.pts < window[1] for p in packets)


def is_shown(codec: str, packet: Packet) -> bool:
    """Whether a packet's frame is to be shown.

    VP8 and VP9 have frames that are referred to only: RFC 6386 §9.1, and the VP9 bitstream
    specification §6.2. A VP9 superframe (its annex B) holds one that is shown.
    """
    if packet.discard:
        return False
    if codec == "vp8" and packet.data:
        return bool(packet.data[0] & 0x10)
    if codec == "vp9" and packet.data and packet.data[-1] & 0xE0 != 0xC0:
        first = packet.data[0]
        header = first << 1 if first & 0x30 == 0x30 else first  # profile 3 has one bit more
        return bool(header & 0x08 or header & 0x02)
    return True
