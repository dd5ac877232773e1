"""What HDR costs: milliseconds of processor time a frame, to show it to a model and to carry the
model's change back.

Run as part of ``make bench``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import numpy as np

from nhance_media.hdr import HdrRendition
from nhance_media.samples import Samples
from nhance_proto.v1.frame_batch_pb2 import VideoConfig

SIZES = {"720p": (720, 1280), "1080p": (1080, 1920), "2160p": (2160, 3840)}
TRANSFERS = {"PQ": 16, "HLG": 18}
ROUNDS = 3


def filmed(height: int, width: int) -> Samples:
    """A ramp with noise, in ten bits and 4:2:0."""
    random = np.random.default_rng(0)
    ramp = np.linspace(64, 940, width) + random.normal(0, 6, (height, width))
    chroma = 512 + random.normal(0, 40, (height // 2, width // 2, 2))
    luma = np.clip(ramp, 64, 940).astype(np.uint16)[..., None]
    return Samples(luma, np.clip(chroma, 64, 960).astype(np.uint16), 10, 1, 1)


def milliseconds(step: Callable[[], object]) -> float:
    """Of the fastest of a few rounds."""
    found = []
    for _ in range(ROUNDS):
        started = time.process_time()
        step()
        found.append(time.process_time() - started)
    return 1000 * min(found)


def main() -> None:
    print(f"{'HDR':12}{'ms to show':>14}{'ms to carry back':>20}")
    for name, size in SIZES.items():
        samples = filmed(*size)
        for transfer, code in TRANSFERS.items():
            tags = VideoConfig(color_primaries=9, color_trc=code, colorspace=9, color_range=1)
            rendition = HdrRendition(tags)
            shown = rendition.show(samples)
            brighter = np.minimum(shown[0] + 20, 235).astype(np.uint8), shown[1]
            showing = milliseconds(partial(rendition.show, samples))
            carrying = milliseconds(partial(rendition.transfer, samples, shown, brighter))
            print(f"{name + ' ' + transfer:12}{showing:>14.0f}{carrying:>20.0f}", flush=True)


if __name__ == "__main__":
    main()
