"""Times are integer ticks with a ``Fraction`` time_base; this is the arithmetic on them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from fractions import Fraction

OPEN_START = -(1 << 62)
OPEN_END = 1 << 62


def seconds(ticks: int, time_base: Fraction) -> float:
    return float(ticks * time_base)


class DecodingClock:
    """Decoding timestamps for packets that come in decoding order, segment after segment.

    A packet's dts is the pts that stands ``delay`` places earlier in presentation order, the rule
    of H.264 Annex C for a decoder that reorders by ``delay`` frames; the first ``delay`` ones are
    continued backwards at the first frame's spacing. So dts grows strictly wherever pts does, and
    never exceeds pts, also across segments that were encoded apart.
    """

    def __init__(self, delay: int) -> None:
        self._delay = delay
        self._pending: deque[int] | None = None
        self._last: int | None = None

    def stamp(self, segment: list[int]) -> Iterator[int]:
        """The dts of each packet of a segment, given its pts in decoding order."""
        presentation = sorted(segment)
        if self._pending is None:
            step = max(1, presentation[1] - presentation[0]) if len(presentation) > 1 else 1
            first = presentation[0]
            self._pending = deque(first - step * back for back in range(self._delay, 0, -1))
        self._pending.extend(presentation)
        for _ in segment:
            dts = self._pending.popleft()
            if self._last is not None and dts <= self._last:
                dts = self._last + 1
            self._last = dts
            yield dts
