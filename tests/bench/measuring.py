"""What measuring costs: milliseconds for a frame that is measured, before and after together.

Run as part of ``make bench``. Two frames a second are measured, so at 25 frames a second a frame
pays a twelfth of that on average; set it beside the time that the model takes for one.
"""

from __future__ import annotations

import statistics
import time

import numpy as np

from nhance_media.measuring import SAMPLES_A_SECOND, Meter
from tests.clips import picture

SIZES = {"360p": (360, 640), "720p": (720, 1280), "1080p": (1080, 1920), "2160p": (2160, 3840)}
ROUNDS = 30
RATE = 25


def milliseconds(height: int, width: int) -> float:
    """Of measuring one frame twice, the median."""
    meter = Meter(full_range=False)
    luma = np.ascontiguousarray(picture(0, height, width)[..., :1])
    chroma = np.ascontiguousarray(picture(1, height // 2, width // 2)[..., 1:])
    found = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        meter.measure(luma, chroma)
        meter.measure(luma, chroma)
        found.append(time.perf_counter() - started)
    return 1000 * statistics.median(found)


def main() -> None:
    print(f"{'measuring':10}{'ms a measured frame':>22}{f'ms a frame at {RATE}/s':>22}")
    for name, size in SIZES.items():
        one = milliseconds(*size)
        print(f"{name:10}{one:>22.2f}{one * SAMPLES_A_SECOND / RATE:>22.3f}", flush=True)


if __name__ == "__main__":
    main()
