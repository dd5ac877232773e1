"""The space in which `look` works: full-range BT.601 YCbCr as floats, whatever a video has.

Canonical planes: luma 0..1 float32 [N,H,W,1]; chroma -0.5..0.5 float32 [N,ceil(H/2),ceil(W/2),2].
Codes and canonical values are related by an affine map, so a *change* made in canonical space is
carried back by the linear part alone: codes that need no change come back exactly as they were.
"""

import tensorflow as tf

from nhance_models import colour

# Frames are padded to a multiple of this: 4 for space-to-depth, 4 more for the context branch.
GRID = 16


def from_codes(
    luma: tf.Tensor, chroma: tf.Tensor, yuv_to_rgb: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """NV12 codes (uint8 planes) to canonical planes, not clipped."""
    matrix = _codes_to_canonical(yuv_to_rgb)
    y, uv = tf.cast(luma, tf.float32), tf.cast(chroma, tf.float32)
    canonical_luma, canonical_chroma = _linear(matrix[:, :3], y, uv)
    return canonical_luma + matrix[0, 3], canonical_chroma + matrix[1:, 3]


def add_change(
    planes: tuple[tf.Tensor, tf.Tensor], change: tuple[tf.Tensor, tf.Tensor], yuv_to_rgb: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """NV12 codes plus a change given in canonical space: uint8 planes, rounded and clipped."""
    back = tf.linalg.inv(_codes_to_canonical(yuv_to_rgb)[:, :3])
    luma, chroma = _linear(back, *change)
    return (
        colour.to_codes(tf.cast(planes[0], tf.float32) + luma),
        colour.to_codes(tf.cast(planes[1], tf.float32) + chroma),
    )


def from_rgb(rgb: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """RGB 0..1 [N,H,W,3] to canonical planes."""
    planes = tf.tensordot(rgb, colour.ycbcr_matrix("bt601"), [[-1], [1]])
    return planes[..., :1], colour.downsample(planes[..., 1:])


def to_rgb(luma: tf.Tensor, chroma: tf.Tensor) -> tf.Tensor:
    """Canonical planes to RGB [N,H,W,3], not clipped; linear, so it carries changes as well."""
    size = tf.shape(luma)
    planes = tf.concat([luma, colour.upsample(chroma, size[1], size[2])], axis=-1)
    return tf.tensordot(planes, tf.linalg.inv(colour.ycbcr_matrix("bt601")), [[-1], [1]])


def pad(luma: tf.Tensor, chroma: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Mirrors the bottom and right edges up to a multiple of GRID; H and W are at least GRID."""
    size = tf.shape(luma)
    height, width = -(-size[1] // GRID) * GRID, -(-size[2] // GRID) * GRID
    return _mirror(luma, height, width), _mirror(chroma, height // 2, width // 2)


def _mirror(plane: tf.Tensor, height: tf.Tensor, width: tf.Tensor) -> tf.Tensor:
    size = tf.shape(plane)
    return tf.pad(
        plane, [[0, 0], [0, height - size[1]], [0, width - size[2]], [0, 0]], mode="SYMMETRIC"
    )


def _codes_to_canonical(yuv_to_rgb: tf.Tensor) -> tf.Tensor:
    return tf.linalg.matmul(tf.constant(colour.ycbcr_matrix("bt601")), yuv_to_rgb)


def _linear(matrix: tf.Tensor, luma: tf.Tensor, chroma: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """A linear map [3,3] of (Y, Cb, Cr) on planes of two sizes.

    Luma sees chroma replicated, chroma sees the mean of its four lumas.
    """
    size = tf.shape(luma)
    cross = tf.tensordot(chroma, matrix[0, 1:], [[-1], [0]])[..., None]
    mapped_luma = matrix[0, 0] * luma + colour.upsample(cross, size[1], size[2])
    mapped_chroma = tf.tensordot(chroma, matrix[1:, 1:], [[-1], [1]]) + matrix[
        1:, 0
    ] * colour.downsample(luma)
    return mapped_luma, mapped_chroma
