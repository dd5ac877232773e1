"""Copied packets in times that a muxer takes: each no earlier than the one before.

Containers state times twice or backwards, and their clocks start anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
from av.rational import AVRational
from av.stream import Stream

from nhance_kit.warned import JobWarning, WarningCode
from nhance_media.timestamps import seconds
from nhance_media.timing import JUMP_S


class Ascending:
    """Settles the times of one stream's packets, which come in decoding order.

    ``time_base`` is the output's: times that differ in the source's may be one there. ``apart`` is
    how many of its ticks a packet has to come after the one before.
    """

    def __init__(self, time_base: Fraction, apart: int) -> None:
        self._time_base = time_base
        self._apart = apart
        self._offset = 0
        self._last: int | None = None
        self._end = 0
        self._moved = 0
        self._jumps = 0
        self._unplayed = 0

    def settle(self, packet: av.Packet[Any]) -> float | None:
        """Give a packet its time, in ticks of the output; returns it in seconds.

        Returns None for one to leave out: what a second edit begins with is only to be decoded, and
        lies before the end of the first.
        """
        packet.rescale_ts(AVRational(self._time_base.numerator, self._time_base.denominator))
        if packet.dts is None:
            return None if packet.pts is None else seconds(packet.pts, self._time_base)
        dts = packet.dts + self._offset
        earliest = dts if self._last is None else self._last + self._apart
        if dts < earliest:
            if packet.is_discard:
                self._unplayed += 1
                return None
            if seconds(earliest - dts, self._time_base) > JUMP_S:
                self._jumps += 1
                self._offset += self._end - dts
                dts = self._end
            else:
                self._moved += 1
                dts = earliest
        if packet.pts is not None:
            packet.pts = max(packet.pts + self._offset, dts)
        packet.dts = self._last = dts
        self._end = dts + max(packet.duration or 0, 1)
        return seconds(dts, self._time_base)

    def warnings(self, stream: Stream) -> Iterator[JobWarning]:
        """What was wrong with the times; ``stream`` is the source's."""
        name = f"stream {stream.index} ({stream.type})"
        if self._unplayed and stream.type != "video":
            yield JobWarning(
                WarningCode.STREAM_CUT_SHORT,
                f"{self._unplayed} packets of {name} were left out, which are not played: they "
                "only prepare a decoder for what an edit begins with.",
                stream.index,
            )
        if self._moved:
            tick_ms = seconds(1, self._time_base) * 1000
            yield JobWarning(
                WarningCode.TIMES_CHANGED,
                f"{self._moved} packets of {name} came no later than the one before; each was "
                f"moved to the next free tick ({tick_ms:.3g} ms).",
                stream.index,
            )
        if self._jumps:
            yield JobWarning(
                WarningCode.TIMES_CHANGED,
                f"The clock of {name} jumps back {self._jumps} times; it was continued without a "
                "gap there.",
                stream.index,
            )
