"""High dynamic range: HLG and PQ as standard dynamic range, and a change of that carried back.

Signals become display light, whose luminance is reduced to that of SDR (``hdr_curves``); colours
keep their ratios, and primaries become BT.709's (BT.2087-0). A change is carried back as the gain
of each primary's light.

Pictures are worked on in strips, plane by plane, and by the four places that a pixel can have
beside a sample of 4:2:0 chroma: float32 [2,2,h,w], rows and columns first. Chroma thus is spread
and averaged by broadcasting, and no plane of a strip outgrows the cache.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nhance_media.colour import HDR_TRANSFERS, LIMITED_BT709, code_scale, yuv_to_rgb
from nhance_media.hdr_curves import (
    HLG_GAMMA,
    HLG_PEAK,
    SDR_GAMMA,
    WHITE,
    Array,
    Curve,
    OfLight,
    OfSignals,
    hlg_scene,
    hlg_signal,
    pq_light,
    pq_peak,
    pq_signal,
    reduced,
)
from nhance_media.samples import Codes, Plane, Samples, changed
from nhance_proto.v1.frame_batch_pb2 import VideoConfig

# A gain counts from this share of white below black, so that in the dark it becomes a difference.
DARK = 0.002
LEAST_GAIN, MOST_GAIN = 1 / 16, 16.0

BT2020_LUMINANCE = np.array([0.2627, 0.6780, 0.0593], np.float32)
# ITU-R BT.2087-0 §4 gives its inverse, from BT.709 to BT.2020.
BT709_TO_BT2020 = np.array(
    [[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]], np.float32
)
BT2020_TO_BT709: Array = np.linalg.inv(BT709_TO_BT2020).astype(np.float32)

_ROWS = 64  # handled at once
Planes = Sequence[Array]


class HdrRendition:
    """Standard dynamic range for the model, its change carried back (see ``rendition``)."""

    def __init__(self, config: VideoConfig) -> None:
        self.yuv_to_rgb = yuv_to_rgb(LIMITED_BT709)
        self._sdr_from_rgb = np.linalg.inv(self.yuv_to_rgb[:, :3])
        self._to_rgb = yuv_to_rgb(config)
        self._from_rgb = np.linalg.inv(self._to_rgb[:, :3])
        self._config = config
        self._hlg = HDR_TRANSFERS[config.color_trc] == "HLG"
        self._light = OfSignals(hlg_scene if self._hlg else pq_light)
        self._signal = OfLight(hlg_signal if self._hlg else pq_signal)
        self._brightness = OfLight(lambda scene: HLG_PEAK * scene ** (HLG_GAMMA - 1))
        self._dimness = OfLight(lambda light: np.maximum(light, 1e-9) ** (1 / HLG_GAMMA - 1))
        self._reduction = OfLight(_hlg_reduction if self._hlg else _pq_reduction(pq_peak(config)))
        self._display = OfSignals(lambda signal: signal**SDR_GAMMA)
        self._shown = OfLight(lambda light: light ** (1 / SDR_GAMMA))

    def show(self, samples: Samples) -> tuple[Plane, Plane]:
        """As BT.709 in limited range; see ``Rendition``."""
        luma, chroma = _planes_for(samples, np.uint8)
        to_yuv, black = self._sdr_from_rgb, self.yuv_to_rgb[:, 3]
        for strip in _strips(samples):
            light = [self._light(plane) for plane in self._signals(samples, strip)]
            factor = self._reduction(_mixed(light, BT2020_LUMINANCE))
            for plane in light:
                plane *= factor
            rgb = [self._shown(_mixed(light, row)) for row in BT2020_TO_BT709]
            rgb = [plane - offset for plane, offset in zip(rgb, black, strict=True)]
            _put_luma(luma, strip, _mixed(rgb, to_yuv[0]))
            _put_chroma(chroma, strip, rgb, to_yuv[1:])
        return luma, chroma

    def transfer(
        self, samples: Samples, shown: tuple[Plane, Plane], enhanced: tuple[Plane, Plane]
    ) -> Samples:
        """See ``Rendition``."""
        luma, chroma = _planes_for(samples, np.int16)
        to_yuv = self._from_rgb * code_scale(samples.bits, self._config)
        for strip in _strips(samples):
            before, after = (self._sdr_light(planes, strip) for planes in (shown, enhanced))
            signals = self._signals(samples, strip)
            gains = [_gain(*pair) for pair in zip(before, after, strict=True)]
            wanted = self._signal_of(self._raised(signals, gains))
            for plane, signal, gain in zip(wanted, signals, gains, strict=True):
                plane -= np.clip(signal, 0, 1, out=signal)
                plane *= gain != 1
            _put_luma(luma, strip, _mixed(wanted, to_yuv[0]))
            _put_chroma(chroma, strip, wanted, to_yuv[1:])
        return changed(samples, luma, chroma)

    def _signals(self, samples: Samples, strip: slice) -> list[Array]:
        """R', G' and B', about 0…1."""
        codes = [
            _phases(samples.luma[..., 0], strip, 0, 0),
            *(_phases(samples.chroma[..., i], strip, samples.across, samples.down) for i in (0, 1)),
        ]
        return _rgb(codes, self._to_rgb, code_scale(samples.bits, self._config))

    def _sdr_light(self, planes: tuple[Plane, Plane], strip: slice) -> list[Array]:
        """Light of BT.709 codes, 0…1, as BT.2020's primaries."""
        luma, chroma = planes
        codes = [
            _phases(luma[..., 0], strip, 0, 0),
            *(_phases(chroma[..., i], strip, 1, 1) for i in (0, 1)),
        ]
        light = [self._display(plane) for plane in _rgb(codes, self.yuv_to_rgb, 1.0)]
        return [_mixed(light, row) for row in BT709_TO_BT2020]

    def _raised(self, signals: Planes, gains: Planes) -> list[Array]:
        """Display light of R'G'B', times the gains."""
        light = [self._light(plane) for plane in signals]
        if self._hlg:
            factor = self._brightness(_mixed(light, BT2020_LUMINANCE))
            for plane in light:
                plane *= factor
        for plane, gain in zip(light, gains, strict=True):
            plane += DARK * WHITE
            plane *= gain
            plane -= DARK * WHITE
        return light

    def _signal_of(self, light: list[Array]) -> list[Array]:
        """R'G'B' of display light, which is used up."""
        if self._hlg:
            for plane in light:
                np.maximum(plane, 0, out=plane)
                plane /= HLG_PEAK
            factor = self._dimness(_mixed(light, BT2020_LUMINANCE))
            for plane in light:
                plane *= factor
        return [self._signal(plane) for plane in light]


def _hlg_reduction(scene: NDArray[np.float64]) -> NDArray[np.float64]:
    """What scene light is multiplied by, by its luminance: display light, reduced, as a share of
    white.
    """
    shown = HLG_PEAK * np.maximum(scene, 1e-12) ** HLG_GAMMA
    return reduced(shown, HLG_PEAK) / np.maximum(scene, 1e-12) / WHITE


def _pq_reduction(peak: float) -> Curve:
    def reduction(light: NDArray[np.float64]) -> NDArray[np.float64]:
        light = np.maximum(light, 1e-12)
        return reduced(light, peak) / light / WHITE

    return reduction


def _gain(before: Array, after: Array) -> Array:
    before += DARK
    after += DARK
    after /= before
    return np.clip(after, LEAST_GAIN, MOST_GAIN, out=after)


def _rgb(codes: Planes, to_rgb: Array, scale: float) -> list[Array]:
    """R'G'B' of Y, Cb and Cr codes by a matrix for eight bits; chroma may be one for several."""
    luma, blue, red = codes
    return [
        luma * (row[0] / scale) + (blue * (row[1] / scale) + (red * (row[2] / scale) + row[3]))
        for row in to_rgb
    ]


def _mixed(planes: Planes, shares: Sequence[float] | Array) -> Array:
    mixed = planes[0] * shares[0]
    for plane, share in zip(planes[1:], shares[1:], strict=True):
        mixed += plane * share
    return mixed


def _strips(samples: Samples) -> Iterator[slice]:
    """Rows of luma, an even number of them but for the last strip."""
    height = samples.luma.shape[0]
    for top in range(0, height, _ROWS):
        yield slice(top, min(top + _ROWS, height))


def _phases(codes: Codes | Plane, strip: slice, across: int, down: int) -> Array:
    """A strip's samples of one plane, float32 [2 or 1,2 or 1,h,w]: an odd edge counts twice.

    ``across`` and ``down`` are 1 where the plane has half as many samples, as 4:2:0 chroma has.
    """
    rows = codes[strip.start >> down : -(-strip.stop >> down)]
    beside, above = 2 - across, 2 - down
    odd = [(0, -extent % step) for extent, step in zip(rows.shape, (above, beside), strict=True)]
    if any(more for _, more in odd):
        rows = np.pad(rows, odd, mode="edge")
    height, width = rows.shape[0] // above, rows.shape[1] // beside
    phases = rows.reshape(height, above, width, beside).transpose(1, 3, 0, 2)
    return np.ascontiguousarray(phases, np.float32)


def _planes_for(samples: Samples, dtype: type) -> tuple[NDArray[Any], NDArray[Any]]:
    """Luma [H,W,1] and chroma [⌈H/2⌉,⌈W/2⌉,2], to be filled."""
    height, width = samples.luma.shape[:2]
    chroma = np.empty((-(-height // 2), -(-width // 2), 2), dtype)
    return np.empty((height, width, 1), dtype), chroma


def _put_luma(luma: NDArray[Any], strip: slice, phases: Array) -> None:
    np.round(phases, out=phases)
    for down in range(2):
        for across in range(2):
            part = luma[strip][down::2, across::2, 0]
            part[:] = phases[down, across, : part.shape[0], : part.shape[1]]


def _put_chroma(
    chroma: NDArray[Any], strip: slice, rgb: Planes, rows: Sequence[Array] | Array
) -> None:
    """Means of the pixels around each sample."""
    means = [plane.mean(axis=(0, 1)) for plane in rgb]
    half = slice(strip.start // 2, -(-strip.stop // 2))
    for i, row in enumerate(rows):
        chroma[half, :, i] = np.round(_mixed(means, row))
