"""Cutting a video stream into frame batches without decoding it.

A batch starts at a keyframe and holds every packet up to the next batch's keyframe, that keyframe
and its leading pictures: those are decoded after it but shown before it, and belong to the batch
on the left. The next batch starts with the same keyframe; its decoder drops them.

A batch of interlaced video also holds the GOP before its keyframe and a few packets more after it:
the frames next to it on either side, which the deinterlacer looks at. Where the container changes
the decoder's parameters, a batch ends without a neighbour.

The output's GOPs begin where the source's do, nearly a second apart or more, and batches begin only
there. So what is encoded does not depend on how many batches a video is cut into.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import dropwhile

from nhance_media.batches import fraction, frames_within, make_batch
from nhance_media.timestamps import OPEN_END, OPEN_START, seconds
from nhance_proto.v1.frame_batch_pb2 import FrameBatch, Packet, VideoConfig

TARGET_S = 2.0
GOP_S = 0.9  # phones write a keyframe a second, give or take
LONGEST_GOP_S = 10.0
TARGET_BYTES = 16 << 20
MOST_BYTES = 96 << 20
TARGET_PACKETS = 600
MOST_PACKETS = 6000

# Of the next batch, enough for its first two frames, whatever the order of decoding.
INTERLACED_OVERLAP = 32


class Gops:
    """Says at which of the source's keyframes the output's GOPs begin."""

    def __init__(self, time_base: Fraction, least_s: float = GOP_S) -> None:
        self._least = Fraction(least_s) / time_base
        self._start_pts: int | None = None
        self._bytes = self._packets = 0

    def begins_at(self, packet: Packet) -> bool:
        """Whether one begins at this packet; they come in decoding order, from a keyframe on.

        One begins at the first, and at every keyframe that is so long, or so much, after the last.
        """
        begins = packet.keyframe and (
            self._start_pts is None
            or packet.pts - self._start_pts >= self._least
            or self._bytes >= TARGET_BYTES
            or self._packets >= TARGET_PACKETS
        )
        if begins:
            self._start_pts, self._bytes, self._packets = packet.pts, 0, 0
        self._bytes += len(packet.data)
        self._packets += 1
        return begins


def gop_starts(batch: FrameBatch) -> list[int]:
    """The pts at which the output's GOPs begin in a batch, in order."""
    gops = Gops(fraction(batch.time_base))
    own = dropwhile(lambda packet: packet.pts < batch.start_pts, batch.packets)
    return [packet.pts for packet in own if packet.pts < batch.end_pts and gops.begins_at(packet)]


class Stretch:
    """The packets of a batch in the making, of which the first may be another one's."""

    def __init__(self, start_pts: int, before: list[Packet] | None = None) -> None:
        self.start_pts = start_pts
        self.packets: list[Packet] = []
        self.bytes = 0
        self.last_pts = OPEN_START
        self.gop_at = 0
        self.overlap = 0
        for packet in before or []:
            self.add(packet)
        self._own_at = len(self.packets)

    def add(self, packet: Packet) -> None:
        if packet.keyframe:
            self.gop_at = len(self.packets)
        self.packets.append(packet)
        self.bytes += len(packet.data)
        self.last_pts = max(self.last_pts, packet.pts)

    def ticks(self, until_pts: int) -> int:
        """The time from its own first packet on."""
        return until_pts - self.packets[self._own_at].pts


@dataclass(frozen=True)
class LongGop:
    """A GOP too long to be one batch: where its window starts, and what has come of it so far."""

    config: VideoConfig
    start_pts: int
    packets: list[Packet]


class Cutter:
    """Turns packets, in decoding order, into frame batches; see ``cut``."""

    def __init__(
        self, config: VideoConfig, time_base: Fraction, target_s: float = TARGET_S
    ) -> None:
        self._config = config
        self._time_base = time_base
        self._target_s = target_s

    def cut(
        self, packets: Iterable[Packet], start_pts: int = OPEN_START
    ) -> Iterator[FrameBatch | LongGop]:
        """Yields the batches; the first one's window starts at ``start_pts``.

        For a GOP past LONGEST_GOP_S, MOST_BYTES or MOST_PACKETS it yields a LongGop instead and
        stops: the caller takes over ``packets`` and may begin a new cut at a later keyframe.
        """
        current: Stretch | None = None
        closing: Stretch | None = None
        gops = self._gops()
        for packet in packets:
            if closing is not None and current is not None:
                wanted = packet.pts < current.start_pts or closing.overlap > 0
                if wanted and not packet.extradata:
                    closing.add(packet)
                    closing.overlap -= 1
                else:
                    yield self._batch(closing, current.start_pts)
                    closing = None
            if packet.extradata:
                if current is not None:
                    yield self._batch(current, packet.pts)
                    start_pts, current = packet.pts, None
                self._change_parameters(packet)
                gops = self._gops()
            begins = gops.begins_at(packet)
            if current is None:
                current = Stretch(start_pts)
            elif begins and closing is None and self._ripe(current, packet):
                closing, current = current, Stretch(packet.pts, self._context(current))
                closing.add(packet)
                closing.overlap = INTERLACED_OVERLAP if self._config.interlaced else 0
            current.add(packet)
            if self._too_long(current):
                if closing is not None:
                    yield self._batch(closing, current.start_pts)
                yield LongGop(self._config, current.start_pts, current.packets)
                return
        if closing is not None and current is not None:
            yield self._batch(closing, current.start_pts)
        if current is not None:
            yield self._batch(current, OPEN_END)

    def _gops(self) -> Gops:
        return Gops(self._time_base, min(GOP_S, self._target_s / 2))

    def _context(self, stretch: Stretch) -> list[Packet]:
        """What the next batch's deinterlacer needs of this one: its last GOP."""
        return stretch.packets[stretch.gop_at :] if self._config.interlaced else []

    def _change_parameters(self, packet: Packet) -> None:
        config = VideoConfig()
        config.CopyFrom(self._config)
        config.extradata = packet.extradata
        self._config = config

    def _ripe(self, stretch: Stretch, keyframe: Packet) -> bool:
        length_s = seconds(stretch.ticks(keyframe.pts), self._time_base)
        return (
            length_s >= self._target_s
            or stretch.bytes >= TARGET_BYTES
            or len(stretch.packets) >= TARGET_PACKETS
        )

    def _too_long(self, stretch: Stretch) -> bool:
        length_s = seconds(stretch.ticks(stretch.last_pts), self._time_base)
        return (
            length_s > self._target_s + LONGEST_GOP_S
            or stretch.bytes > MOST_BYTES
            or len(stretch.packets) > MOST_PACKETS
        )

    def _batch(self, stretch: Stretch, end_pts: int) -> FrameBatch:
        window = (stretch.start_pts, end_pts)
        frames = frames_within(self._config.codec, stretch.packets, window)
        return make_batch(self._config, self._time_base, window, frames, stretch.packets)
