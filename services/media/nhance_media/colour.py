"""From colour tags to the matrix that the servables want."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nhance_proto.v1.frame_batch_pb2 import VideoConfig

UNSPECIFIED = 2
FULL_RANGE = 2

# ITU-T H.273, table 4 (matrix coefficients): code point: (Kr, Kb)
LUMA_WEIGHTS = {
    1: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
    10: (0.2627, 0.0593),
}
# ITU-T H.273, table 3 (transfer characteristics): the two that mean high dynamic range
HDR_TRANSFERS = {16: "PQ", 18: "HLG"}
LIMITED_BT709 = VideoConfig(color_primaries=1, color_trc=1, colorspace=1, color_range=1)


def complete(config: VideoConfig, stated: VideoConfig) -> None:
    """Fill in what a bitstream leaves open of primaries, transfer and matrix.

    ``stated`` is what the container has of them, which FFmpeg's HEVC decoder forgets. The range is
    left as it is: that decoder calls it limited where nothing is said, and its frames say so too.
    """
    for tag in ("color_primaries", "color_trc", "colorspace"):
        if getattr(config, tag) == UNSPECIFIED:
            setattr(config, tag, getattr(stated, tag))


def matrix_code(colorspace: int, height: int) -> int:
    """The matrix to assume: as tagged, else BT.709 from 720 lines up and BT.601 below.

    That is what players do with untagged video.
    """
    if colorspace in LUMA_WEIGHTS:
        return colorspace
    return 1 if height >= 720 else 6


def yuv_to_rgb(config: VideoConfig) -> NDArray[np.float32]:
    """float32 [3,4]: 8-bit codes (y, u, v, 1) to R'G'B' in 0…1 (ITU-T H.273, equations 38 ff.)."""
    kr, kb = LUMA_WEIGHTS[matrix_code(config.colorspace, config.height)]
    kg = 1.0 - kr - kb
    full = config.color_range == FULL_RANGE
    black, luma_span, chroma_span = (0.0, 255.0, 255.0) if full else (16.0, 219.0, 224.0)
    unit = np.array(
        [
            [1.0, 0.0, 2.0 * (1.0 - kr)],
            [1.0, -2.0 * kb * (1.0 - kb) / kg, -2.0 * kr * (1.0 - kr) / kg],
            [1.0, 2.0 * (1.0 - kb), 0.0],
        ]
    )
    scale = np.array([1.0 / luma_span, 1.0 / chroma_span, 1.0 / chroma_span])
    matrix = unit * scale
    offset = -matrix @ np.array([black, 128.0, 128.0])
    return np.concatenate([matrix, offset[:, None]], axis=1).astype(np.float32)


def code_scale(bits: int, config: VideoConfig) -> float:
    """What codes of so many bits are divided by to be on the scale of 8 (H.273, §8.3)."""
    if config.color_range == FULL_RANGE:
        return ((1 << bits) - 1) / 255
    return float(1 << (bits - 8))
