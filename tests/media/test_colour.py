"""The matrix of each combination of tags, against the arithmetic of the standard."""

from __future__ import annotations

import numpy as np
import pytest

from nhance_media.colour import yuv_to_rgb
from nhance_proto.v1.frame_batch_pb2 import VideoConfig


@pytest.mark.parametrize(
    ("colorspace", "height", "kr", "kb"),
    [
        (1, 480, 0.2126, 0.0722),
        (6, 1080, 0.299, 0.114),
        (9, 1080, 0.2627, 0.0593),
        (2, 480, 0.299, 0.114),
        (2, 720, 0.2126, 0.0722),
    ],
)
@pytest.mark.parametrize("full", [False, True])
def test_rgb_goes_to_codes_and_back(
    colorspace: int, height: int, kr: float, kb: float, full: bool
) -> None:
    rgb = np.random.default_rng(1).random((50, 3))
    luma = rgb @ [kr, 1 - kr - kb, kb]
    u, v = (rgb[:, 2] - luma) / (2 * (1 - kb)), (rgb[:, 0] - luma) / (2 * (1 - kr))
    codes = (
        np.stack([255 * luma, 255 * u + 128, 255 * v + 128])
        if full
        else np.stack([219 * luma + 16, 224 * u + 128, 224 * v + 128])
    )

    config = VideoConfig(colorspace=colorspace, height=height, color_range=2 if full else 1)
    matrix = yuv_to_rgb(config)

    np.testing.assert_allclose(rgb.T, matrix[:, :3] @ codes + matrix[:, 3:], atol=2e-6)
