"""The curves of high dynamic range: HLG's, PQ's, and the one that reduces both to SDR; and tables.

ITU-R BT.2100-2, tables 4 and 5: PQ's EOTF; HLG's inverse OETF and its OOTF for a display of
1000 cd/m². Luminance is reduced to BT.2408's reference white of 203 cd/m² by the curve of
ITU-R BT.2390-11 §5.4.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nhance_proto.v1.frame_batch_pb2 import VideoConfig

Array = NDArray[np.float32]
Curve = Callable[[NDArray[np.float64]], NDArray[np.float64]]

# Light is counted in units of what PQ can say at most, cd/m².
UNIT = 10_000.0
WHITE = 203.0 / UNIT
HLG_PEAK = 1000.0 / UNIT
HLG_GAMMA = 1.2
SDR_GAMMA = 2.4  # ITU-R BT.1886


def pq_light(signal: NDArray[np.float64]) -> NDArray[np.float64]:
    """PQ's EOTF: signal 0…1 to light 0…1 (BT.2100-2, table 4)."""
    m1, m2, c1, c2, c3 = _PQ
    power = signal ** (1 / m2)
    light: NDArray[np.float64] = (np.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1)
    return light


def pq_signal(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """PQ's inverse EOTF: light 0…1 to signal 0…1."""
    m1, m2, c1, c2, c3 = _PQ
    power = light**m1
    signal: NDArray[np.float64] = ((c1 + c2 * power) / (1 + c3 * power)) ** m2
    return signal


_PQ = (2610 / 16384, 2523 / 4096 * 128, 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32)


def hlg_scene(signal: NDArray[np.float64]) -> NDArray[np.float64]:
    """HLG's inverse OETF: signal 0…1 to scene light 0…1 (BT.2100-2, table 5)."""
    a, b, c = _HLG
    return np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)


def hlg_signal(scene: NDArray[np.float64]) -> NDArray[np.float64]:
    """HLG's OETF: scene light 0…1 to signal 0…1."""
    a, b, c = _HLG
    bright = a * np.log(np.maximum(12 * scene - b, 1e-9)) + c
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), bright)


_HLG = (0.17883277, 0.28466892, 0.55991073)


def reduced(light: NDArray[np.float64], peak: float) -> NDArray[np.float64]:
    """Luminance 0…peak brought to 0…WHITE by the Hermite spline of BT.2390-11 §5.4.1."""
    top = pq_signal(np.array(peak))
    most = pq_signal(np.array(WHITE)) / top
    knee = 1.5 * most - 0.5
    signal = np.minimum(pq_signal(light) / top, 1.0)
    t = np.clip((signal - knee) / (1 - knee), 0, 1)
    spline = (
        (2 * t**3 - 3 * t**2 + 1) * knee
        + (t**3 - 2 * t**2 + t) * (1 - knee)
        + (-2 * t**3 + 3 * t**2) * most
    )
    return pq_light(np.where(signal < knee, signal, spline) * top)


def pq_peak(config: VideoConfig) -> float:
    """The brightest light to expect of PQ: the brightest pixel's, else the display's, else 1000."""
    level = config.max_cll
    if not level and config.mastering_display:
        level = config.mastering_display[8] // 10_000
    return min(max(level or 1000, 300), UNIT) / UNIT


class OfSignals:
    """A curve of signals in even steps, finer than ten bits; outside 0…1 it goes on level."""

    STEPS = 4095

    def __init__(self, curve: Curve) -> None:
        self._table = curve(np.linspace(0, 1, self.STEPS + 1)).astype(np.float32)

    def __call__(self, signals: Array) -> Array:
        steps = signals * self.STEPS
        steps += 0.5
        found: Array = self._table.take(steps.astype(np.intp), mode="clip")
        return found


class OfLight:
    """A curve of light 0…1 in steps of a thousandth of itself, by the leading bits of float32.

    Light of less than 2**-34 counts as none: PQ's signal for it is below a tenth of a ten-bit code.
    """

    OCTAVES, FINE = 34, 10

    def __init__(self, curve: Curve) -> None:
        self._shift = 23 - self.FINE
        self._first = (127 - self.OCTAVES) << self.FINE
        steps = np.arange(self._first, (127 << self.FINE) + 1, dtype=np.int32) << self._shift
        steps[1:-1] += 1 << (self._shift - 1)  # the middle of what looks it up
        light = steps.view(np.float32).astype(np.float64)
        light[0] = 0
        self._table = curve(light).astype(np.float32)

    def __call__(self, light: Array) -> Array:
        steps = light.view(np.int32) >> self._shift
        steps -= self._first
        found: Array = self._table.take(steps, mode="clip")
        return found
