"""Cutting a video stream into frame batches without decoding it.

A batch starts at a keyframe and holds every packet up to the next batch's keyframe, that keyframe
and its leading pictures: those are decoded after it but shown before it, and belong to the batch
on the left. The next batch starts with the same keyframe; its decoder drops them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from nhance_media.batches import frames_within, make_batch
from nhance_media.timestamps import OPEN_END, OPEN_START, seconds
from nhance_proto.v1.frame_batch_pb2 import FrameBatch, Packet, VideoConfig

TARGET_S = 2.0
LONGEST_GOP_S = 10.0
TARGET_BYTES = 16 << 20
MOST_BYTES = 96 << 20
TARGET_PACKETS = 600
MOST_PACKETS = 6000


@dataclass
class Stretch:
    """The packets of a batch in the making."""

    start_pts: int
    packets: list[Packet] = field(default_factory=list)
    bytes: int = 0
    last_pts: int = OPEN_START

    def add(self, packet: Packet) -> None:
        self.packets.append(packet)
        self.bytes += len(packet.data)
        self.last_pts = max(self.last_pts, packet.pts)


@dataclass(frozen=True)
class LongGop:
    """A GOP too long to be one batch: where its window starts, and what has come of it so far."""

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
        for packet in packets:
            if closing is not None and current is not None:
                if packet.pts < current.start_pts:
                    closing.add(packet)
                else:
                    yield self._batch(closing, current.start_pts)
                    closing = None
            if current is None:
                current = Stretch(start_pts)
            elif packet.keyframe and closing is None and self._ripe(current, packet):
                current.add(packet)
                closing, current = current, Stretch(packet.pts)
            current.add(packet)
            if self._too_long(current):
                if closing is not None:
                    yield self._batch(closing, current.start_pts)
                yield LongGop(current.start_pts, current.packets)
                return
        if closing is not None and current is not None:
            yield self._batch(closing, current.start_pts)
        if current is not None:
            yield self._batch(current, OPEN_END)

    def _ripe(self, stretch: Stretch, keyframe: Packet) -> bool:
        length_s = seconds(keyframe.pts - stretch.packets[0].pts, self._time_base)
        return (
            length_s >= self._target_s
            or stretch.bytes >= TARGET_BYTES
            or len(stretch.packets) >= TARGET_PACKETS
        )

    def _too_long(self, stretch: Stretch) -> bool:
        length_s = seconds(stretch.last_pts - stretch.packets[0].pts, self._time_base)
        return (
            length_s > self._target_s + LONGEST_GOP_S
            or stretch.bytes > MOST_BYTES
            or len(stretch.packets) > MOST_PACKETS
        )

    def _batch(self, stretch: Stretch, end_pts: int) -> FrameBatch:
        window = (stretch.start_pts, end_pts)
        frames = frames_within(stretch.packets, window)
        return make_batch(self._config, self._time_base, window, frames, stretch.packets)
