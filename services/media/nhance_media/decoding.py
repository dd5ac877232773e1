"""Decoding bare packets exactly as from their container, to the bit and the tick."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from nhance_kit.errors import UnsupportedMedia
from nhance_media.batches import fraction, packet_of
from nhance_media.damage import Account, Damage
from nhance_media.deinterlacing import deinterlaced
from nhance_media.source import DECODERS, limit
from nhance_proto.v1.frame_batch_pb2 import FrameBatch, Packet, VideoConfig

THREADS = 4
# H.264's decoder does not report all damage where slices are decoded in parallel (seen with a slice
# that ends in 0xff bytes). Cameras write one slice a frame, so that one thread is as fast.
ONE_THREAD = ("h264",)
# Besides what may come in: what long GOPs are recut to.
OWN_DECODERS = {**DECODERS, "ffv1": "ffv1"}


def open_decoder(config: VideoConfig) -> VideoCodecContext:
    """A decoder for packets without a container.

    ``strict=1`` keeps H.264 streams whole whose reorder depth only the container knew.
    """
    if config.codec not in OWN_DECODERS:
        raise UnsupportedMedia(f"nhance does not decode {config.codec}.")
    context = av.CodecContext.create(OWN_DECODERS[config.codec], "r")
    assert isinstance(context, VideoCodecContext)
    context.extradata = config.extradata or None
    context.width = config.width
    context.height = config.height
    context.pix_fmt = config.pix_fmt
    if config.codec_tag.strip(b"\0"):
        context.codec_tag = config.codec_tag.decode("latin-1")
    context.options = {"strict": "1"}
    limit(context)
    context.thread_count = 1 if config.codec in ONE_THREAD else THREADS
    return context


def decode(batch: FrameBatch, damage: Damage | None = None) -> Iterator[VideoFrame]:
    """The frames of a batch in presentation order, then its right-hand neighbour's first one.

    Frames before the window are dropped; those in it have ``start_pts <= pts < end_pts``, all
    different and ascending, and the one after it, where there is one, has ``pts >= end_pts``.
    Interlaced frames are deinterlaced. What is wrong is added to ``damage``.
    """
    account = Account(batch.video.codec, batch.start_pts)
    packets = account.noted(batch.packets)
    frames = decode_packets(open_decoder(batch.video), packets, fraction(batch.time_base))
    beyond = None
    for frame in deinterlaced(account.checked(frames)):
        assert frame.pts is not None
        if frame.pts >= batch.end_pts:
            beyond = frame
            break
        if frame.pts >= batch.start_pts:
            yield frame
    if damage is not None:
        damage.add(account.result(batch.end_pts))
    if beyond is not None:
        yield beyond


def decode_packets(
    context: VideoCodecContext, packets: Iterable[Packet], time_base: Fraction
) -> Iterator[VideoFrame]:
    """Every frame to be shown that the packets give.

    A packet that the decoder refuses is passed over; one to be discarded is decoded, since others
    may refer to it, and its frame, known by its pts, dropped: PyAV cannot set the packet's flag.
    Where an edit begins, the decoder begins anew.
    """
    hidden: set[int] = set()
    before = Packet()
    for packet in packets:
        # What an edit ends or begins with is not shown.
        if (before.discard or packet.discard) and packet.dts < before.dts:
            yield from (frame for frame in context.decode(None) if frame.pts not in hidden)
            context.flush_buffers()
        before = packet
        if packet.discard:
            hidden.add(packet.pts)
        try:
            frames = context.decode(packet_of(packet, time_base))
        except av.error.InvalidDataError:
            continue
        yield from (frame for frame in frames if frame.pts not in hidden)
    yield from (frame for frame in context.decode(None) if frame.pts not in hidden)
