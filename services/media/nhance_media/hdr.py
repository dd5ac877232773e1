"""High dynamic range: HLG and PQ as standard dynamic range, and a change of that carried back.

Signals become display light by ITU-R BT.2100-2 (tables 4 and 5: PQ's EOTF; HLG's inverse OETF and
its OOTF for a display of 1000 cd/m²). Luminance is reduced to BT.2408's reference white of
203 cd/m² by the curve of ITU-R BT.2390-11 §5.4, colours keep their ratios, and primaries become
BT.709's (BT.2087-0). A change is carried back as the gain of each primary's light.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from nhance_media.colour import HDR_TRANSFERS, LIMITED_BT709, code_scale, yuv_to_rgb
from nhance_media.samples import Plane, Samples, changed
from nhance_proto.v1.frame_batch_pb2 import VideoConfig

Array = NDArray[np.float32]

# Light is counted in units of what PQ can say at most, cd/m².
UNIT = 10_000.0
WHITE = 203.0 / UNIT
HLG_PEAK = 1000.0 / UNIT
HLG_GAMMA = 1.2
SDR_GAMMA = 2.4  # ITU-R BT.1886
# A gain counts from this share of white below black, so that in the dark it becomes a difference.
DARK = 0.002
LEAST_GAIN, MOST_GAIN = 1 / 16, 16.0

BT2020_LUMINANCE = np.array([0.2627, 0.6780, 0.0593], np.float32)
# ITU-R BT.2087-0 §4 gives its inverse, from BT.709 to BT.2020.
BT709_TO_BT2020 = np.array(
    [[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]], np.float32
)
BT2020_TO_BT709: Array = np.linalg.inv(BT709_TO_BT2020).astype(np.float32)

_ROWS = 128  # handled at once, so that memory stays small and in the cache
_SIGNALS, _LIGHTS = 4096, 65536  # steps of the tables


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


class HdrRendition:
    """Standard dynamic range for the model, its change carried back (see ``rendition``)."""

    def __init__(self, config: VideoConfig) -> None:
        self.yuv_to_rgb = yuv_to_rgb(LIMITED_BT709)
        self._sdr_from_rgb = np.linalg.inv(self.yuv_to_rgb[:, :3])
        self._to_rgb = yuv_to_rgb(config)
        self._from_rgb = np.linalg.inv(self._to_rgb[:, :3])
        self._hlg = HDR_TRANSFERS[config.color_trc] == "HLG"
        self._config = config
        peak = HLG_PEAK if self._hlg else pq_peak(config)
        signals, lights = np.linspace(0, 1, _SIGNALS), np.linspace(0, 1, _LIGHTS) ** 4
        ratio = reduced(lights, peak) / np.maximum(lights, 1e-12) / WHITE
        ratio[0] = ratio[1]
        self._ratio = _table(ratio)
        self._light = _table((hlg_scene if self._hlg else pq_light)(signals))
        self._signal = _table((hlg_signal if self._hlg else pq_signal)(lights))
        self._display = _table(signals**SDR_GAMMA)
        self._shown = _table(lights ** (1 / SDR_GAMMA))

    def show(self, samples: Samples) -> tuple[Plane, Plane]:
        """As BT.709 in limited range; see ``Rendition``."""
        height, width = samples.luma.shape[:2]
        luma = np.empty((height, width, 1), np.uint8)
        chroma = np.empty((-(-height // 2), -(-width // 2), 2), np.uint8)
        for rows, half in _strips(height):
            light = self._light_of(self._signals(samples, rows))
            ratio = _looked_up(self._ratio, light @ BT2020_LUMINANCE)
            linear = np.asarray((light * ratio[..., None]) @ BT2020_TO_BT709.T, np.float32)
            yuv = self._from_sdr(_looked_up(self._shown, linear))
            luma[rows] = np.round(yuv[..., :1])
            chroma[half] = np.round(_quartered(yuv[..., 1:]))
        return luma, chroma

    def transfer(
        self, samples: Samples, shown: tuple[Plane, Plane], enhanced: tuple[Plane, Plane]
    ) -> Samples:
        """See ``Rendition``."""
        luma = np.zeros(samples.luma.shape, np.int16)
        chroma = np.zeros(shown[1].shape, np.int16)
        scale = code_scale(samples.bits, self._config)
        for rows, half in _strips(samples.luma.shape[0]):
            before, after = (self._sdr_light(y[rows], uv[half]) for y, uv in (shown, enhanced))
            gain = np.clip((after + DARK) / (before + DARK), LEAST_GAIN, MOST_GAIN)
            signals = self._signals(samples, rows)
            light = self._light_of(signals)
            wanted = np.where(gain == 1, light, (light + DARK * WHITE) * gain - DARK * WHITE)
            change = (self._signal_of(wanted) - self._signal_of(light)) @ self._from_rgb.T
            luma[rows] = np.round(change[..., :1] * scale)
            chroma[half] = np.round(_quartered(change[..., 1:]) * scale)
        return changed(samples, luma, chroma)

    def _signals(self, samples: Samples, rows: slice) -> Array:
        """R'G'B' 0…1 [h,W,3]."""
        luma: Array = samples.luma[rows].astype(np.float32)
        height, width = luma.shape[:2]
        chroma: Array = samples.chroma[
            rows.start >> samples.down : -(-rows.stop >> samples.down)
        ].astype(np.float32)
        if samples.down:
            chroma = np.repeat(chroma, 2, axis=0)
        if samples.across:
            chroma = np.repeat(chroma, 2, axis=1)
        codes = np.concatenate([luma, chroma[:height, :width]], axis=-1)
        codes /= code_scale(samples.bits, self._config)
        rgb: Array = np.clip(codes @ self._to_rgb[:, :3].T + self._to_rgb[:, 3], 0, 1)
        return rgb

    def _light_of(self, signals: Array) -> Array:
        """Display light of R'G'B', in UNIT."""
        light: Array = self._light[np.round(signals * (_SIGNALS - 1)).astype(np.uint16)]
        if self._hlg:
            scene = light @ BT2020_LUMINANCE
            light *= (HLG_PEAK * scene ** (HLG_GAMMA - 1))[..., None]
        return light

    def _signal_of(self, light: Array) -> Array:
        """R'G'B' of display light."""
        if self._hlg:
            light = np.asarray(np.maximum(light, 0) / HLG_PEAK, np.float32)
            shown: Array = np.maximum(light @ BT2020_LUMINANCE, 1e-9)
            light = light * (shown ** np.float32(1 / HLG_GAMMA - 1))[..., None]
        return _looked_up(self._signal, light)

    def _sdr_light(self, luma: Plane, chroma: Plane) -> Array:
        """Light of BT.709 codes, 0…1, as BT.2020's primaries: [h,W,3]."""
        height, width = luma.shape[:2]
        wide = np.repeat(np.repeat(chroma, 2, axis=0), 2, axis=1)[:height, :width]
        codes = np.concatenate([luma, wide], axis=-1).astype(np.float32)
        rgb = np.clip(codes @ self.yuv_to_rgb[:, :3].T + self.yuv_to_rgb[:, 3], 0, 1)
        light: Array = self._display[np.round(rgb * (_SIGNALS - 1)).astype(np.uint16)]
        wide_gamut: Array = light @ BT709_TO_BT2020.T
        return wide_gamut

    def _from_sdr(self, rgb: Array) -> Array:
        """BT.709 codes of R'G'B', not rounded."""
        codes: Array = (rgb - self.yuv_to_rgb[:, 3]) @ self._sdr_from_rgb.T
        return codes


def _strips(height: int) -> Iterator[tuple[slice, slice]]:
    """Rows of luma, and those of 4:2:0 chroma beside them."""
    for top in range(0, height, _ROWS):
        bottom = min(top + _ROWS, height)
        yield slice(top, bottom), slice(top // 2, -(-bottom // 2))


def _looked_up(table: Array, light: Array) -> Array:
    """Entries of a table whose steps are even in the fourth root of light."""
    root = np.sqrt(np.sqrt(np.clip(light, 0, 1)))
    entries: Array = table[np.round(root * (len(table) - 1)).astype(np.uint16)]
    return entries


def _table(values: NDArray[np.float64]) -> Array:
    return values.astype(np.float32)


def _quartered(values: Array) -> Array:
    """Means of 2x2, an odd edge counted twice."""
    height, width = values.shape[:2]
    values = np.pad(values, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    means: Array = values.reshape(-(-height // 2), 2, -(-width // 2), 2, -1).mean(axis=(1, 3))
    return means
