"""The space in which a look is taken: full-range BT.601 YCbCr as floats, whatever a video has.

Canonical planes: luma 0..1 float32 [N,H,W,1]; chroma -0.5..0.5 float32 [N,ceil(H/2),ceil(W/2),2].
"""

import tensorflow as tf

from nhance_models import colour

# Frames are padded to a multiple of this: 4 for space-to-depth, 4 more for the context branch.
GRID = 16


def from_codes(
    luma: tf.Tensor, chroma: tf.Tensor, yuv_to_rgb: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """NV12 codes (uint8 planes) to canonical planes, not clipped."""
    matrix = tf.linalg.matmul(tf.constant(colour.ycbcr_matrix("bt601")), yuv_to_rgb)
    y, uv = tf.cast(luma, tf.float32), tf.cast(chroma, tf.float32)
    # Luma sees chroma replicated, chroma sees the mean of its four lumas.
    cross = tf.tensordot(uv, matrix[0, 1:3], [[-1], [0]])[..., None]
    size = tf.shape(y)
    canonical_luma = matrix[0, 0] * y + colour.upsample(cross, size[1], size[2]) + matrix[0, 3]
    canonical_chroma = tf.tensordot(uv, matrix[1:, 1:3], [[-1], [1]])
    canonical_chroma += matrix[1:, 0] * colour.downsample(y) + matrix[1:, 3]
    return canonical_luma, canonical_chroma


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
