"""GOPs too long for a batch: decoded, and encoded again without loss, a keyframe every batch."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain

import av
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame

from nhance_kit.errors import DamagedMedia
from nhance_kit.warned import JobWarning
from nhance_media.batches import make_batch
from nhance_media.cutting import TARGET_S, Cutter, LongGop
from nhance_media.damage import Account
from nhance_media.decoding import decode_packets, open_decoder
from nhance_media.deinterlacing import deinterlaced
from nhance_media.encoding import REPRODUCIBLE
from nhance_media.fitting import Fitting
from nhance_media.timestamps import OPEN_END, seconds
from nhance_proto.v1.frame_batch_pb2 import FrameBatch, Packet, VideoConfig

SEGMENT_BYTES = 32 << 20
# x264 with a quantiser of 0 reproduces every sample of these formats, in ten bits too (FFmpeg
# counts its quantisers from 0 at any depth). The rest becomes FFV1, intra-only and larger.
X264_FORMATS = {
    f"yuv{name}"
    for name in (
        *("420p", "422p", "444p", "j420p", "j422p", "j444p"),
        *("420p10le", "422p10le", "444p10le"),
    )
}
X264 = {"qp": "0", "preset": "ultrafast", **REPRODUCIBLE}
FFV1 = {"level": "3", "slices": "4"}


def frame_batches(
    config: VideoConfig,
    time_base: Fraction,
    packets: Iterator[Packet],
    target_s: float = TARGET_S,
    strict: bool = False,
    warnings: list[JobWarning] | None = None,
) -> Iterator[FrameBatch]:
    """All frame batches of a stream, whatever its GOPs; memory is bounded by one batch.

    Of the frames that are decoded here, ``warnings`` gets what is wrong with them; ``strict`` is as
    in Fitting.
    """
    warnings = [] if warnings is None else warnings
    if config.interlaced and config.codec == "h264":
        packets = _first_fields(packets)
    cutter = Cutter(config, time_base, target_s)
    pieces = cutter.cut(packets)
    while (piece := next(pieces, None)) is not None:
        if isinstance(piece, FrameBatch):
            yield piece
            continue
        tail = _GopTail(packets, endless=config.interlaced)
        fitting = Fitting(config, strict)
        account = Account(piece.config.codec, piece.start_pts)
        yield from _recut(piece, tail, time_base, target_s, fitting, account)
        warnings += [*account.result(tail.end_pts).warnings(), *fitting.warnings()]
        packets = chain(tail.overlap, packets)
        pieces = cutter.cut(packets, tail.end_pts)


def _first_fields(packets: Iterator[Packet]) -> Iterator[Packet]:
    """The packets, with no keyframe right after another one.

    The second field of a frame may be a packet and intra-coded, but nothing can begin with it.
    """
    after_keyframe = False
    for packet in packets:
        packet.keyframe = after_keyframe = packet.keyframe and not after_keyframe
        yield packet


class _GopTail:
    """The packets of a GOP that are still to come, with the next keyframe and its leading ones.

    When it is exhausted, ``end_pts`` is that keyframe's pts (or OPEN_END) and ``overlap`` holds
    what the next cut begins with. An endless one has all the packets there are: interlaced video
    can't be cut where the GOP before is too long to go along.
    """

    def __init__(self, packets: Iterator[Packet], endless: bool) -> None:
        self._packets = packets
        self._endless = endless
        self.end_pts = OPEN_END
        self.overlap: list[Packet] = []

    def __iter__(self) -> Iterator[Packet]:
        for packet in self._packets:
            if self.overlap or (packet.keyframe and not self._endless):
                self.overlap.append(packet)
                self.end_pts = self.overlap[0].pts
                if packet.pts > self.end_pts:
                    return
            yield packet


class _LosslessSegment:
    """Frames encoded without loss, from ``start_pts`` on."""

    def __init__(
        self, config: VideoConfig, first: VideoFrame, start_pts: int, first_pts: int
    ) -> None:
        x264 = first.format.name in X264_FORMATS
        context = av.CodecContext.create("libx264" if x264 else "ffv1", "w")
        assert isinstance(context, VideoCodecContext)
        context.width, context.height = first.width, first.height
        context.pix_fmt = first.format.name
        context.framerate = Fraction(30)
        context.time_base = Fraction(1, 30)
        context.colorspace = config.colorspace
        context.color_range = config.color_range
        context.flags |= Flags.global_header
        context.options = dict(X264 if x264 else FFV1)
        self._context = context
        self._source = config
        self._times: list[tuple[int, int]] = []
        self._packets: list[Packet] = []
        self.start_pts = start_pts
        self.first_pts = first_pts
        self.bytes = 0

    def add(self, frame: VideoFrame, pts: int) -> None:
        self._times.append((pts, frame.duration))
        frame.pts = len(self._times) - 1
        frame.time_base = self._context.time_base
        frame.pict_type = PictureType.NONE
        self._collect(frame)

    def finish(self, time_base: Fraction, end_pts: int) -> FrameBatch:
        self._collect(None)
        config = VideoConfig()
        config.CopyFrom(self._source)
        config.codec = self._context.codec.canonical_name
        config.interlaced = False
        config.codec_tag = b""
        config.extradata = self._context.extradata or b""
        config.pix_fmt = self._context.pix_fmt or ""
        frames = sum(pts < end_pts for pts, _ in self._times)
        return make_batch(config, time_base, (self.start_pts, end_pts), frames, self._packets)

    def _collect(self, frame: VideoFrame | None) -> None:
        for packet in self._context.encode(frame):
            pts, duration = self._times[packet.pts or 0]
            self._packets.append(
                Packet(pts=pts, duration=duration, keyframe=packet.is_keyframe, data=bytes(packet))
            )
            self.bytes += packet.size


def _recut(
    long: LongGop,
    tail: _GopTail,
    time_base: Fraction,
    target_s: float,
    fitting: Fitting,
    account: Account,
) -> Iterator[FrameBatch]:
    segment: _LosslessSegment | None = None
    start_pts = long.start_pts
    decoder = open_decoder(long.config)
    packets = account.noted(chain(long.packets, tail))
    frames = account.checked(decode_packets(decoder, packets, time_base))
    for frame in map(fitting.fit, deinterlaced(frames)):
        pts = frame.pts
        if pts is None or pts < long.start_pts:
            continue
        if segment is not None and (
            pts >= tail.end_pts
            or seconds(pts - segment.first_pts, time_base) >= target_s
            or segment.bytes >= SEGMENT_BYTES
        ):
            segment.add(frame, pts)
            yield segment.finish(time_base, pts)
            start_pts, segment = pts, None
        if pts >= tail.end_pts:
            return
        if segment is None:
            segment = _LosslessSegment(long.config, frame, start_pts, pts)
        segment.add(frame, pts)
    if segment is None:
        raise DamagedMedia(f"No frame from pts {start_pts} on decodes.")
    yield segment.finish(time_base, tail.end_pts)
