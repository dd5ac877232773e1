"""What a model sees of a frame, and how its change is carried over to the frame's own samples.

Models see NV12 in standard dynamic range. Where a frame holds more (finer chroma, ten bits, high
dynamic range), it is not replaced by what the model gives back: only the difference between the
model's input and output is transferred. A model that changes nothing thus changes no sample.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from nhance_media.colour import HDR_TRANSFERS, yuv_to_rgb
from nhance_media.hdr import HdrRendition
from nhance_media.samples import Plane, Samples, changed, from_nv12, to_nv12
from nhance_proto.v1.frame_batch_pb2 import VideoConfig

Nv12 = tuple[Plane, Plane]


class Rendition(Protocol):
    """For the frames of one video."""

    yuv_to_rgb: NDArray[np.float32]  # [3,4], of the NV12 that the model sees

    def show(self, samples: Samples) -> Nv12:
        """What the model sees: luma uint8 [H,W,1], chroma uint8 [⌈H/2⌉,⌈W/2⌉,2]."""

    def transfer(self, samples: Samples, shown: Nv12, enhanced: Nv12) -> Samples:
        """The samples with the change from ``shown`` to ``enhanced`` applied."""


def rendition_of(config: VideoConfig, sdr: bool) -> Rendition:
    """For a video as it is tagged; ``sdr`` gives HDR video back in standard dynamic range."""
    if config.color_trc not in HDR_TRANSFERS:
        return SdrRendition(config)
    hdr = HdrRendition(config)
    return ToneMapped(hdr) if sdr else hdr


class SdrRendition:
    """Standard dynamic range: the samples in 8 bits and 4:2:0."""

    def __init__(self, config: VideoConfig) -> None:
        self.yuv_to_rgb = yuv_to_rgb(config)

    def show(self, samples: Samples) -> Nv12:
        return to_nv12(samples)

    def transfer(self, samples: Samples, shown: Nv12, enhanced: Nv12) -> Samples:
        if samples.bits == 8 and samples.across and samples.down:
            return from_nv12(*enhanced)
        finer = samples.bits - 8
        luma, chroma = (
            (after.astype(np.int16) - before) << finer
            for before, after in zip(shown, enhanced, strict=True)
        )
        return changed(samples, luma, chroma)


class ToneMapped:
    """High dynamic range, given back as BT.709: what the model makes of what it sees."""

    def __init__(self, hdr: HdrRendition) -> None:
        self.yuv_to_rgb = hdr.yuv_to_rgb
        self._hdr = hdr

    def show(self, samples: Samples) -> Nv12:
        return self._hdr.show(samples)

    def transfer(self, samples: Samples, shown: Nv12, enhanced: Nv12) -> Samples:
        return from_nv12(*enhanced)
