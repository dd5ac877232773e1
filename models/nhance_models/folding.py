"""Planes folded to a quarter of their resolution, so that a convolution sees 4x4 pixels at once.

A *cell* is 4x4 pixels of luma and the 2x2 of chroma that belong to them: 16 and 8 channels, rows
first, as space-to-depth gives them. Values are *centred codes*, code - 128: grey is 0, and so the
zeros with which convolutions pad are grey.
"""

import tensorflow as tf

LUMA, CHROMA = 16, 8
CHANNELS = LUMA + CHROMA
_SIGNS = 0x80808080  # turning the first bit of a byte over takes 128 away

Planes = tuple[tf.Tensor, tf.Tensor]


def fold(luma: tf.Tensor, chroma: tf.Tensor) -> Planes:
    """Codes uint8 [N,H,W,1] and [N,H/2,W/2,2], H and W multiples of 4, as cells float32
    [N,H/4,W/4,16] and [N,H/4,W/4,8], -128..127.
    """
    return tf.cast(_fold(luma, 4), tf.float32), tf.cast(_fold(chroma, 2), tf.float32)


def unfold(cells: tf.Tensor) -> Planes:
    """Cells float32 [N,h,w,24] as codes, rounded and clipped: the inverse of `fold`."""
    codes = tf.cast(tf.round(tf.clip_by_value(cells, -128.0, 127.0)), tf.int8)
    return _unfold(codes[..., :LUMA], 4, 1), _unfold(codes[..., LUMA:], 2, 2)


# Four bytes that lie side by side stay side by side, so words are moved instead of bytes: several
# times as fast as tf.nn.space_to_depth on a processor.


def _fold(plane: tf.Tensor, rows: int) -> tf.Tensor:
    count, height, width = _size(plane)
    across = width * plane.shape[-1] // 4
    words = tf.bitcast(tf.reshape(plane, [count, height // rows, rows, across, 4]), tf.uint32)
    return tf.reshape(
        tf.bitcast(_turned(words), tf.int8), [count, height // rows, across, 4 * rows]
    )


def _unfold(cells: tf.Tensor, rows: int, channels: int) -> tf.Tensor:
    count, height, width = _size(cells)
    words = tf.bitcast(tf.reshape(cells, [count, height, width, rows, 4]), tf.uint32)
    plane = tf.bitcast(_turned(words), tf.uint8)
    return tf.reshape(plane, [count, height * rows, width * 4 // channels, channels])


def _turned(words: tf.Tensor) -> tf.Tensor:
    return tf.bitwise.bitwise_xor(tf.transpose(words, [0, 1, 3, 2]), tf.constant(_SIGNS, tf.uint32))


def _size(plane: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    shape = tf.shape(plane)
    return shape[0], shape[1], shape[2]


def from_canonical(luma: tf.Tensor, chroma: tf.Tensor) -> Planes:
    """Canonical planes (`canonical.py`) as cells of full-range codes, not rounded."""
    return tf.nn.space_to_depth(255.0 * luma - 128.0, 4), tf.nn.space_to_depth(255.0 * chroma, 2)


def to_canonical(cells: tf.Tensor) -> Planes:
    """Cells of full-range codes as canonical planes."""
    luma = (tf.nn.depth_to_space(cells[..., :LUMA], 4) + 128.0) / 255.0
    return luma, tf.nn.depth_to_space(cells[..., LUMA:], 2) / 255.0
