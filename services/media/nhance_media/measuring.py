"""How bright, contrasty, colourful and noisy pictures are: figures of NV12 planes, in numpy alone.

Signals are 0 (black) … 1 (white), whatever the range of the codes (ITU-T H.273 §8.3). Some tens of
thousands of samples stand for a picture, always the same ones: a figure depends on nothing but it.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from nhance_media.samples import Plane
from nhance_proto.v1.measured_pb2 import Levels

SAMPLES_A_SECOND = 2
BINS = 32
# How many pixels stand for a picture, and how many rows for its noise.
PIXELS, ROWS = 40_000, 48
DISPLAY_GAMMA = 2.4  # ITU-R BT.1886
LOW, HIGH = 0.05, 0.95


def cell_of(pts: int, time_base: Fraction) -> int:
    """The slot of time that a frame lies in: of each, the first frame is measured.

    It depends on the frame's time alone, so that batches that are measured apart agree.
    """
    return int(pts * time_base * SAMPLES_A_SECOND // 1)


class Meter:
    """Measures pictures whose codes have one range."""

    def __init__(self, full_range: bool) -> None:
        black, self._span, self._chroma_span = (0, 255, 255) if full_range else (16, 219, 224)
        self._signal = np.clip((np.arange(256) - black) / self._span, 0, 1)
        self._light = self._signal**DISPLAY_GAMMA
        self._bin = np.minimum((self._signal * BINS).astype(np.intp), BINS - 1)

    def measure(self, luma: Plane, chroma: Plane) -> Levels:
        """luma: uint8 [H,W,1], chroma: uint8 [⌈H/2⌉,⌈W/2⌉,2].

        - ``luma``: the mean signal; ``luminance``: the mean light that a display makes of it.
        - ``contrast``: the standard deviation of the signal (Peli, J. Opt. Soc. Am. A 7, 1990: RMS
          contrast); ``spread``: from its 5th percentile to its 95th.
        - ``saturation``: the mean distance from grey, √(Cb²+Cr²), with Cb and Cr in -½ … ½.
        - ``noise``: see ``noise``.
        - ``histogram``: pixels in 32 equal steps of the signal; how many there are in all depends
          on the size of the picture alone.
        """
        stride = max(1, int((luma.shape[0] * luma.shape[1] / PIXELS) ** 0.5))
        counts = np.bincount(luma[::stride, ::stride, 0].ravel(), minlength=256)
        shares = counts / counts.sum()
        mean = float(shares @ self._signal)
        low, high = np.searchsorted(np.cumsum(shares), (LOW, HIGH))
        offset = chroma[::stride, ::stride].astype(np.float32) - 128
        return Levels(
            luma=mean,
            luminance=float(shares @ self._light),
            contrast=float(shares @ (self._signal - mean) ** 2) ** 0.5,
            spread=float(self._signal[min(high, 255)] - self._signal[low]),
            saturation=float(np.hypot(offset[..., 0], offset[..., 1]).mean()) / self._chroma_span,
            noise=noise(luma) / self._span,
            histogram=np.bincount(self._bin, weights=counts, minlength=BINS).astype(int).tolist(),
        )


def noise(luma: Plane) -> float:
    """The standard deviation of the noise in codes (Immerkær, Computer Vision and Image
    Understanding 64, 1996): √(π/2)/6 of the mean of |Laplacian's difference|, on some rows.

    Fine texture counts as noise, as the paper says: compare it with the same picture's, not with
    another's.
    """
    height, width = luma.shape[:2]
    if height < 3 or width < 3:
        return 0.0
    tops = np.arange(0, height - 2, max(1, (height - 2) // ROWS))
    above, row, below = (luma[tops + i, :, 0].astype(np.int16) for i in range(3))
    down: NDArray[np.int16] = above - 2 * row + below
    both = down[:, :-2] - 2 * down[:, 1:-1] + down[:, 2:]
    mean = float(np.abs(both).mean())
    return mean * math.sqrt(math.pi / 2) / 6
