"""Colour inside the graph: NV12 code values, RGB, and the space in which `look` works.

A frame crosses as NV12: `luma` uint8 [N,H,W,1] and `chroma` uint8 [N,ceil(H/2),ceil(W/2),2] (U, V).
`yuv_to_rgb` float32 [3,4] says what its codes mean: rgb = M[:, :3] @ (y, u, v) + M[:, 3], codes
0..255, rgb 0..1. One matrix so carries both the standard (BT.601, BT.709 ...) and the range (full
or limited).
"""

from typing import Literal

import numpy as np
import numpy.typing as npt
import tensorflow as tf

Array = npt.NDArray[np.float32]
Standard = Literal["bt601", "bt709", "bt2020"]

# Luma weights (Kr, Kb): ITU-R BT.601-7 §2.5.1, BT.709-6 §3.2, BT.2020-2 table 4.
LUMA_WEIGHTS: dict[Standard, tuple[float, float]] = {
    "bt601": (0.299, 0.114),
    "bt709": (0.2126, 0.0722),
    "bt2020": (0.2627, 0.0593),
}


def ycbcr_matrix(standard: Standard) -> Array:
    """RGB 0..1 to Y 0..1 and Cb, Cr -0.5..0.5: float32 [3,3] (ITU-R BT.709-6 §3.2 and 3.3)."""
    kr, kb = LUMA_WEIGHTS[standard]
    luma = np.array([kr, 1 - kr - kb, kb])
    red, blue = np.array([1.0, 0, 0]), np.array([0, 0, 1.0])
    rows = [luma, (blue - luma) / (2 * (1 - kb)), (red - luma) / (2 * (1 - kr))]
    return np.stack(rows).astype(np.float32)


def yuv_to_rgb_matrix(standard: Standard, full_range: bool) -> Array:
    """What `yuv_to_rgb` is for a standard and range: float32 [3,4], codes 0..255 to rgb 0..1.

    Limited range is Y 16..235 and Cb, Cr 16..240 around 128 (BT.709-6 §4.2); full range is 0..255
    (JFIF §7).
    """
    black, luma_span, chroma_span = (0.0, 255.0, 255.0) if full_range else (16.0, 219.0, 224.0)
    to_rgb = np.linalg.inv(ycbcr_matrix(standard).astype(np.float64))
    linear = to_rgb / np.array([luma_span, chroma_span, chroma_span])
    offset = -linear @ np.array([black, 128.0, 128.0])
    return np.concatenate([linear, offset[:, None]], axis=1).astype(np.float32)


def invert(yuv_to_rgb: tf.Tensor) -> tf.Tensor:
    """The inverse map: float32 [3,4], rgb 0..1 to codes 0..255."""
    linear = tf.linalg.inv(yuv_to_rgb[:, :3])
    return tf.concat([linear, -linear @ yuv_to_rgb[:, 3:]], axis=1)


def apply(matrix: tf.Tensor, pixels: tf.Tensor) -> tf.Tensor:
    """An affine map [3,4] of the last axis of `pixels` float32 [..., 3]."""
    return tf.tensordot(pixels, matrix[:, :3], [[-1], [1]]) + matrix[:, 3]


def upsample(plane: tf.Tensor, height: tf.Tensor, width: tf.Tensor) -> tf.Tensor:
    """Each value replicated 2x2, cropped to [N,height,width,C]; `downsample` takes it back."""
    return tf.repeat(tf.repeat(plane, 2, axis=1), 2, axis=2)[:, :height, :width]


def downsample(plane: tf.Tensor) -> tf.Tensor:
    """2x2 means, float32 [N,H,W,C] to [N,ceil(H/2),ceil(W/2),C]; an odd edge counts twice."""
    size = tf.shape(plane)
    plane = tf.pad(plane, [[0, 0], [0, size[1] % 2], [0, size[2] % 2], [0, 0]], mode="SYMMETRIC")
    return tf.nn.avg_pool2d(plane, 2, 2, "VALID")


def to_codes(values: tf.Tensor) -> tf.Tensor:
    """Float codes rounded to the nearest uint8, clipped to 0..255."""
    return tf.cast(tf.round(tf.clip_by_value(values, 0.0, 255.0)), tf.uint8)


def nv12_to_rgb(luma: tf.Tensor, chroma: tf.Tensor, yuv_to_rgb: tf.Tensor) -> tf.Tensor:
    """NV12 planes to RGB float32 [N,H,W,3], about 0..1 and not clipped."""
    size = tf.shape(luma)
    chroma = upsample(tf.cast(chroma, tf.float32), size[1], size[2])
    return apply(yuv_to_rgb, tf.concat([tf.cast(luma, tf.float32), chroma], axis=-1))


def rgb_to_nv12(rgb: tf.Tensor, yuv_to_rgb: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """RGB float32 [N,H,W,3] (0..1, clipped here) to the NV12 planes that `yuv_to_rgb` describes."""
    yuv = apply(invert(yuv_to_rgb), tf.clip_by_value(rgb, 0.0, 1.0))
    return to_codes(yuv[..., :1]), to_codes(downsample(yuv[..., 1:]))
