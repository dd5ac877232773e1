"""Decoding bare packets exactly as from their container, to the bit and the tick."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from nhance_kit.errors import DamagedMedia, UnsupportedMedia
from nhance_media.batches import fraction, packet_of
from nhance_media.source import DECODERS, limit
from nhance_proto.v1.frame_batch_pb2 import FrameBatch, Packet, VideoConfig

THREADS = 4


def open_decoder(config: VideoConfig) -> VideoCodecContext:
    """A decoder for packets without a container.

    ``strict=1`` keeps H.264 streams whole whose reorder depth only the container knew.
    """
    if config.codec not in DECODERS:
        raise UnsupportedMedia(f"nhance does not decode {config.codec}.")
    context = av.CodecContext.create(DECODERS[config.codec], "r")
    assert isinstance(context, VideoCodecContext)
    context.extradata = config.extradata or None
    context.width = config.width
    context.height = config.height
    context.pix_fmt = config.pix_fmt
    if config.codec_tag.strip(b"\0"):
        context.codec_tag = config.codec_tag.decode("latin-1")
    context.options = {"strict": "1"}
    limit(context)
    context.thread_count = THREADS
    return context


def decode(batch: FrameBatch) -> Iterator[VideoFrame]:
    """The frames of a batch in presentation order, then its right-hand neighbour's first one.

    Frames before the window are dropped; those in it have ``start_pts <= pts < end_pts``, and the
    one after it, where there is one, has ``pts >= end_pts``. Raises DamagedMedia where the decoder
    finds nothing to decode.
    """
    shown = 0
    frames = decode_packets(open_decoder(batch.video), batch.packets, fraction(batch.time_base))
    for frame in frames:
        if frame.pts is None or frame.pts < batch.start_pts:
            continue
        yield frame
        if frame.pts >= batch.end_pts:
            return
        shown += 1
    if shown == 0 and batch.frames > 0:
        raise DamagedMedia(f"None of {batch.frames} frames from pts {batch.start_pts} decodes.")


def decode_packets(
    context: VideoCodecContext, packets: Iterable[Packet], time_base: Fraction
) -> Iterator[VideoFrame]:
    """Every frame to be shown that the packets give.

    A packet that the decoder refuses is passed over; one to be discarded is decoded, since others
    may refer to it, and its frame, known by its pts, dropped: PyAV cannot set the packet's flag.
    """
    hidden: set[int] = set()
    for packet in packets:
        if packet.discard:
            hidden.add(packet.pts)
        try:
            frames = context.decode(packet_of(packet, time_base))
        except av.error.InvalidDataError:
            continue
        yield from (frame for frame in frames if frame.pts not in hidden)
    yield from (frame for frame in context.decode(None) if frame.pts not in hidden)
