"""What SDR video holds beyond NV12 is kept, and only the model's change is applied."""

from __future__ import annotations

import numpy as np
import pytest

from nhance_media.rendition import rendition_of
from nhance_media.samples import PLANAR, Samples
from nhance_proto.v1.frame_batch_pb2 import VideoConfig

SDR = VideoConfig(color_primaries=1, color_trc=1, colorspace=1, color_range=1)


def samples_in(name: str) -> Samples:
    bits, (across, down) = PLANAR[name]
    random = np.random.default_rng(0)
    kind = np.uint8 if bits == 8 else np.uint16
    sizes = (17, 23, 1), (-(-17 >> down), -(-23 >> across), 2)
    luma, chroma = (random.integers(0, 1 << bits, size, kind) for size in sizes)
    return Samples(luma, chroma, bits, across, down)


@pytest.mark.parametrize("name", PLANAR)
def test_no_change_leaves_every_sample(name: str) -> None:
    samples = samples_in(name)
    rendition = rendition_of(SDR, sdr=False)
    shown = rendition.show(samples)
    assert [plane.dtype for plane in shown] == [np.uint8, np.uint8]
    found = rendition.transfer(samples, shown, shown)
    np.testing.assert_array_equal(samples.luma, found.luma)
    np.testing.assert_array_equal(samples.chroma, found.chroma)


def test_a_change_is_scaled_to_ten_bits() -> None:
    samples = samples_in("yuv444p10le")
    rendition = rendition_of(SDR, sdr=True)
    luma, chroma = rendition.show(samples)
    luma, chroma = luma.clip(0, 200), chroma.clip(0, 200)
    found = rendition.transfer(samples, (luma, chroma), (luma + 3, chroma + 2))
    np.testing.assert_array_equal(np.minimum(samples.luma + 12, 1023), found.luma)
    np.testing.assert_array_equal(np.minimum(samples.chroma + 8, 1023), found.chroma)
