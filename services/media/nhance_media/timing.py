"""Every packet gets a time of its own, so that windows are whole and no frame hides another.

Containers state times twice, backwards or not at all. Here two frames are never shown at once: the
second one is moved by a tick. A clock that jumps back is continued instead. What is decoded only,
for an edit to begin with, changes no time of what is shown.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Iterator
from fractions import Fraction

import av
from av.video.codeccontext import VideoCodecContext

from nhance_kit.warned import JobWarning, WarningCode
from nhance_media.batches import packet_of
from nhance_media.timestamps import OPEN_START, seconds
from nhance_proto.v1.frame_batch_pb2 import Packet

# More packets than any codec reorders: 16 frames, as fields (H.264 Annex A, HEVC Annex A).
REORDERED = 48
JUMP_S = 1.0


class Timing:
    """Settles the times of a stream's packets, which come in decoding order."""

    def __init__(self, time_base: Fraction) -> None:
        self._time_base = time_base
        self._offset = 0
        self._last: Packet | None = None
        # The highest times given so far, as a heap and as a set, and the highest that left them.
        self._highest: list[int] = []
        self._taken: set[int] = set()
        self._floor = OPEN_START
        self._newest = OPEN_START
        self._moved = 0
        self._untimed = 0
        self._jumps = 0

    def settled(self, packets: Iterable[Packet]) -> Iterator[Packet]:
        """The packets with a pts each; no frame that is shown has one that is used twice."""
        for packet in packets:
            self._state_time(packet)
            self._continue_clock(packet)
            if packet.discard:
                self._hide(packet)
            else:
                free = self._free(packet.pts)
                self._moved += free != packet.pts
                packet.pts = free
                self._take(free)
                self._last = packet
            yield packet

    def warnings(self) -> Iterator[JobWarning]:
        """What was wrong with the times; complete when all packets are through."""
        tick_ms = seconds(1, self._time_base) * 1000
        if self._moved:
            yield JobWarning(
                WarningCode.TIMES_CHANGED,
                f"{self._moved} frames had the same time as another one or one long gone; each was "
                f"moved to the next free tick ({tick_ms:.3g} ms), so that none is lost.",
            )
        if self._untimed:
            yield JobWarning(
                WarningCode.TIMES_CHANGED,
                f"{self._untimed} frames had no time; they follow the ones before them.",
            )
        if self._jumps:
            yield JobWarning(
                WarningCode.TIMES_CHANGED,
                f"The video's clock jumps back {self._jumps} times; it was continued without a "
                "gap there, and the sound may be off from there on.",
            )

    def _state_time(self, packet: Packet) -> None:
        if packet.HasField("pts"):
            return
        self._untimed += 1
        if packet.HasField("dts"):
            packet.pts = packet.dts
        else:
            packet.pts = self._following() - self._offset

    def _continue_clock(self, packet: Packet) -> None:
        stated = packet.dts if packet.HasField("dts") else packet.pts
        if self._last is not None and not packet.discard:
            before = self._last.dts if self._last.HasField("dts") else self._last.pts
            behind_s = seconds(before - stated - self._offset, self._time_base)
            if behind_s > JUMP_S:
                self._jumps += 1
                self._offset = before + max(self._last.duration, 1) - stated
        packet.pts += self._offset
        if packet.HasField("dts"):
            packet.dts += self._offset

    def _following(self) -> int:
        return 0 if self._last is None else self._last.pts + max(self._last.duration, 1)

    def _hide(self, packet: Packet) -> None:
        """Give a packet that is decoded only a time that no shown one has.

        What comes between two edits has times of both. It is put before all else, so that no batch
        begins with it; where the decoder's parameters change one must, after all that was shown.
        """
        if self._last is not None and not packet.extradata:
            packet.pts, packet.keyframe = OPEN_START, False
            return
        packet.pts = self._free(packet.pts if self._last is None else self._newest + 1)
        self._take(packet.pts)

    def _free(self, pts: int) -> int:
        """A time or the next one that no other has."""
        pts = max(pts, self._floor + 1)
        while pts in self._taken:
            pts += 1
        return pts

    def _take(self, pts: int) -> None:
        heapq.heappush(self._highest, pts)
        self._taken.add(pts)
        self._newest = max(self._newest, pts)
        if len(self._highest) > REORDERED:
            self._floor = heapq.heappop(self._highest)
            self._taken.remove(self._floor)


def presented(
    packets: Iterable[Packet], decoder: VideoCodecContext, time_base: Fraction
) -> Iterator[Packet]:
    """Packets of a container that states decoding times only, with the times of their frames.

    The decoder tells in which order they are shown; the n-th frame shown gets the n-th decoding
    time. A packet that the decoder refuses keeps its own.
    """
    waiting: deque[Packet] = deque()
    times: deque[int] = deque()
    shown: dict[int, int] = {}

    def show(packet: Packet | None) -> None:
        try:
            frames = decoder.decode(None if packet is None else packet_of(packet, time_base))
        except av.error.InvalidDataError:
            if packet is not None:
                shown[packet.dts] = packet.dts
                times.remove(packet.dts)
            return
        for frame in frames:
            if frame.pts is not None and times:
                shown[frame.pts] = times.popleft()

    def ready(most: int) -> Iterator[Packet]:
        while waiting and (waiting[0].dts in shown or len(waiting) > most):
            packet = waiting.popleft()
            packet.pts = shown.pop(packet.dts, packet.dts)
            yield packet

    for packet in packets:
        packet.pts = packet.dts
        waiting.append(packet)
        times.append(packet.dts)
        show(packet)
        yield from ready(REORDERED)
    show(None)
    yield from ready(0)
