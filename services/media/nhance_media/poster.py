"""A still of the enhanced video: upright, in sRGB, and with nothing in the file but the picture."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import av
import numpy as np
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from nhance_media.samples import Plane, frame_of, from_nv12
from nhance_media.upright import Orientation

LONG_SIDE = 1280
# Of 2 (best) to 31.
QUANTISER = 3


def is_candidate(index: int) -> bool:
    """Whether the poster may come out of a batch: the first ones, then ever fewer."""
    return index & (index - 1) == 0


def poster(
    luma: Plane,
    chroma: Plane,
    yuv_to_rgb: NDArray[np.float32],
    aspect: Fraction,
    matrix: Sequence[int] | None,
) -> bytes:
    """A JPEG, LONG_SIDE at most along its longer side.

    luma: uint8 [H,W,1], chroma: uint8 [⌈H/2⌉,⌈W/2⌉,2], ``yuv_to_rgb`` float32 [3,4] of their
    codes; ``aspect`` is the pixels' (0 where unknown), ``matrix`` the display matrix.
    """
    frame = frame_of(from_nv12(luma, chroma))
    height, width = luma.shape[0], luma.shape[1] * (aspect or 1)
    scale = min(Fraction(1), LONG_SIDE / max(height, width))
    # The format is planar and the range stays: only sizes change here.
    small = frame.reformat(
        max(2, round(width * scale)), max(2, round(height * scale)), "yuv444p", interpolation="AREA"
    )
    codes = np.stack(list(small.to_ndarray()), axis=-1).astype(np.float32)
    rgb = np.clip(codes @ yuv_to_rgb[:, :3].T + yuv_to_rgb[:, 3], 0, 1)
    upright = Orientation.of(matrix).upright(np.round(rgb * 255).astype(np.uint8))
    return _jpeg(np.ascontiguousarray(upright))


def _jpeg(rgb: NDArray[np.uint8]) -> bytes:
    frame = VideoFrame.from_ndarray(rgb, format="rgb24").reformat(
        format="yuvj420p", dst_colorspace="ITU601", dst_color_range="JPEG"
    )
    context = av.CodecContext.create("mjpeg", "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height, context.pix_fmt = frame.width, frame.height, "yuvj420p"
    context.time_base = Fraction(1)
    context.thread_count = 1
    context.flags |= Flags.bitexact  # no name of the library in the file
    context.options = {"qmin": str(QUANTISER), "qmax": str(QUANTISER)}
    packets = [*context.encode(frame), *context.encode(None)]
    return b"".join(bytes(packet) for packet in packets)
