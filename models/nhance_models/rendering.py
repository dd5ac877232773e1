"""Rendering: folded frames as their looks want them.

Luma is bent by a curve and chroma turned by a small matrix, both read from the look. Then a few
3x3 convolutions at a quarter of the resolution, scaled and shifted by the look (FiLM: Perez et al.,
AAAI 2018), say for every cell what to add, by how much to raise its contrast, and how much of a
Gaussian smoothing to apply. Nothing else of a frame's statistics enters, so frames that share a
look are treated alike. At last a video's frames are steered (`steering.py`).

It works on the codes that a video holds: their range and standard go into the kernels, and so do
the look's scales when there is one frame, which spares passes over its pixels.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import tensorflow as tf

from nhance_models.colour import Array
from nhance_models.folding import CHANNELS, CHROMA, LUMA, Planes
from nhance_models.sizes import LookConfig
from nhance_models.smoothing import folded_blur
from nhance_models.steering import Course

Weights = dict[str, tf.Variable]

TURN = 6  # chroma from chroma (2x2) and from luma (2)
GATES = 2  # how much to raise a cell, how much to smooth it
_SEEN = 1 / 64  # of a centred code, as the convolutions see it
# The lumas 2x2 that each of a cell's four chroma samples covers.
_COVERED = np.kron(np.eye(2), np.kron(np.ones((2, 1)), np.kron(np.eye(2), np.ones((2, 1))))) / 4


@dataclass(frozen=True)
class Conv:
    """One convolution; `pixels` of the frame share one of its outputs."""

    name: str
    kernel: int
    inputs: int
    outputs: int
    pixels: int

    @property
    def multiply_adds(self) -> float:
        """Per pixel of the frame."""
        return self.kernel**2 * self.inputs * self.outputs / self.pixels


def convolutions(config: LookConfig) -> list[Conv]:
    """The convolutions whose weights are learned, in order."""
    c, w = config.channels, config.context_channels
    body = [Conv(f"block{i}{half}", 3, c, c, 16) for i in range(config.blocks) for half in "ab"]
    return [
        Conv("head", 3, CHANNELS, c, 16),
        Conv("context_in", 3, c, w, 256),
        Conv("context_mid", 3, w, w, 256),
        Conv("context_out", 1, w, c, 256),
        *body,
        Conv("gates", 1, c, GATES, 16),
        Conv("tail", config.tail, c, CHANNELS, 16),
    ]


def film_sizes(config: LookConfig) -> dict[str, int]:
    """The convolutions that the look scales and shifts, with their channels."""
    blocks = {f"block{i}a": config.channels for i in range(config.blocks)}
    return {"head": config.channels, "context_in": config.context_channels, **blocks}


def cost(config: LookConfig) -> float:
    """Multiply-adds a pixel: the convolutions and what is done between them."""
    learned = sum(layer.multiply_adds for layer in convolutions(config))
    smoothing = (9 * CHANNELS**2 + CHANNELS) / 16 if config.smooth else 0.0
    curve = config.curve + 1
    turn = (CHROMA * (CHROMA + 4) + LUMA * 4 + 3 * 4) / 16
    upsampling = 4 * config.channels / 16
    gates = (2 * CHANNELS + 4 + GATES) / 16
    steering = CHANNELS / 16
    return learned + smoothing + curve + turn + upsampling + gates + steering


@dataclass(frozen=True)
class Codes:
    """What centred codes mean: float32 tensors."""

    luma_scale: tf.Tensor  # [], full-range codes to one code
    luma_centre: tf.Tensor  # [], the full-range value 0..255 of code 128
    chroma_scale: tf.Tensor  # [2], of U and V

    @classmethod
    def full_range(cls) -> "Codes":
        """Full-range BT.601, in which the network was trained."""
        return cls(tf.constant(1.0), tf.constant(128.0), tf.constant([1.0, 1.0]))

    @classmethod
    def of(cls, yuv_to_rgb: tf.Tensor) -> "Codes":
        """Of a matrix [3,4] (`colour.py`).

        U stays the difference of blue and luma and V of red and luma, in units of BT.601: for the
        other standards only luma is made of red, green and blue in slightly other shares.
        """
        grey = tf.reduce_sum(yuv_to_rgb[1, 1:3]) * 128.0 + yuv_to_rgb[1, 3]
        luma = yuv_to_rgb[1, 0]
        # BT.601-7 §2.5.2: B - Y = 1.772 Cb, R - Y = 1.402 Cr
        chroma = tf.stack([yuv_to_rgb[2, 1] / 1.772, yuv_to_rgb[0, 2] / 1.402])
        return cls(255.0 * luma, 255.0 * (luma * 128.0 + grey), 255.0 * chroma)

    def scales(self) -> tf.Tensor:
        """Of a cell's channels, [24]."""
        return tf.concat(
            [tf.fill([LUMA], self.luma_scale), tf.tile(self.chroma_scale, [CHROMA // 2])], axis=0
        )


def render(
    weights: Weights,
    config: LookConfig,
    codes: Codes,
    cells: Planes,
    look: tf.Tensor,
    course: Course | None = None,
) -> tf.Tensor:
    """Cells as the look wants them, float32 [N,h,w,24], centred codes, not clipped.

    cells: luma [N,h,w,16] and chroma [N,h,w,8] centred codes, h and w multiples of 4; look [N,K].
    With a `course` they keep to it (`steering.py`).
    """
    luma, chroma = cells
    covered = tf.constant(_COVERED[None, None], tf.float32) * (codes.luma_scale / 255.0)
    grey = _convolve(luma, covered) + codes.luma_centre / 255.0
    bend, turn = tf.split(_dense(weights, "bend", look), [1 + config.curve, TURN], axis=-1)
    bent = _polynomial(luma, _curve(bend, look[:, -1], codes))
    bent = tf.maximum(bent, -codes.luma_centre / codes.luma_scale)
    x = tf.concat([bent, _turned(chroma, grey, turn, codes)], axis=-1)

    features = _features(weights, config, codes, x, look)
    # Cells that are black or white stay so: nothing is invented where the camera saw nothing.
    mean = _convolve(grey, tf.fill([1, 1, 4, 1], 0.25))
    guard = tf.clip_by_value(24.0 * tf.minimum(mean, 1.0 - mean), 0.0, 1.0)
    gates = (
        _conv(weights, "gates", features) + _dense(weights, "look_gates", look)[:, None, None, :]
    )
    gates *= guard
    scales = codes.scales()
    correction = _convolve(features, weights["tail"] / (_SEEN * scales))
    correction += weights["tail_bias"] / (_SEEN * scales)
    terms = [x * (1.0 + gates[..., :1]), correction * guard]
    if config.smooth:
        terms.append(_convolve(x, tf.constant(_blur())) * gates[..., 1:])
    rendered = tf.add_n(terms)
    return _steered(rendered, guard, cells, course) if course else rendered


def _steered(rendered: tf.Tensor, guard: tf.Tensor, cells: Planes, course: Course) -> tf.Tensor:
    """The means where the course wants them, by what becomes of cells that may change."""
    shift = course.shift(Course.of(cells, rendered), tf.reduce_mean(guard, [1, 2]))
    # A product of matrices, which takes half as long as one that broadcasts.
    columns = tf.reshape(guard, [tf.shape(guard)[0], -1, 1])
    return rendered + tf.reshape(tf.matmul(columns, shift[:, None, :]), tf.shape(rendered))


def _curve(bend: tf.Tensor, black: tf.Tensor, codes: Codes) -> list[tf.Tensor]:
    """The look's tone curve as a polynomial in centred codes: coefficients [N], constant first.

    bend [N,1+n], black level [N] 0..1. Black and white keep their luma. A share of the black level,
    at most 0.3, is taken away; then y + y (1 - y) (a + b y + c y^2 ...): the quadratic curve of
    Zero-DCE (Guo et al., CVPR 2020, eq. 1) with more terms.
    """
    lift = tf.sigmoid(2.0 * bend[:, 0]) * tf.clip_by_value(black, 0.0, 0.3)
    zero = tf.zeros_like(lift)
    terms = [zero, *tf.unstack(bend[:, 1:], axis=-1), zero]
    rising = [zero, *(later - earlier for earlier, later in pairwise(terms))]
    rising[1] += 1.0
    offset = (codes.luma_centre / 255.0 - lift) / (1.0 - lift)
    slope = codes.luma_scale / 255.0 / (1.0 - lift)
    # Horner's rule on polynomials: at every step times (offset + slope x), plus a constant.
    curve = [rising[-1]]
    for constant in reversed(rising[:-1]):
        shifted = [offset * term for term in curve] + [zero]
        raised = [zero] + [slope * term for term in curve]
        curve = [low + high for low, high in zip(shifted, raised, strict=True)]
        curve[0] += constant
    curve = [255.0 * term / codes.luma_scale for term in curve]
    curve[0] -= codes.luma_centre / codes.luma_scale
    return curve


def _polynomial(x: tf.Tensor, coefficients: list[tf.Tensor]) -> tf.Tensor:
    """x [N,h,w,C], coefficients [N]."""
    *lower, highest = (term[:, None, None, None] for term in coefficients)
    value = x * highest
    for term in reversed(lower[1:]):
        value = (value + term) * x
    return value + lower[0]


def _turned(chroma: tf.Tensor, grey: tf.Tensor, turn: tf.Tensor, codes: Codes) -> tf.Tensor:
    """Chroma [N,h,w,8] by the look's matrix, and its tint by luma `grey` 0..1 [N,h,w,4].

    turn [N,6]: rows (u, v, luma) for u and for v. Black and white keep their grey.
    """
    rows = tf.reshape(turn, [-1, 2, 3]) / codes.chroma_scale[:, None]
    matrix = tf.eye(2) + rows[..., :2] * codes.chroma_scale
    tint = 255.0 * grey * (1.0 - grey * grey)
    samples = tf.eye(CHROMA // 2)
    by_chroma = tf.reshape(tf.einsum("kl,nij->nkjli", samples, matrix), [-1, CHROMA, CHROMA])
    by_luma = tf.reshape(tf.einsum("kl,ni->nkli", samples, rows[..., 2]), [-1, 4, CHROMA])
    size = tf.shape(chroma)
    count, pixels = size[0], size[1] * size[2]
    turned = tf.matmul(tf.reshape(chroma, [count, pixels, CHROMA]), by_chroma)
    turned += tf.matmul(tf.reshape(tint, [count, pixels, 4]), by_luma)
    return tf.reshape(turned, size)


def _features(
    weights: Weights, config: LookConfig, codes: Codes, x: tf.Tensor, look: tf.Tensor
) -> tf.Tensor:
    head = weights["head"] * (_SEEN * codes.scales())[:, None]
    features = tf.nn.relu(_film(weights, "head", x, look, head))
    # What surrounds each cell: four times coarser, then back by bilinear interpolation.
    coarse = tf.nn.avg_pool2d(features, 4, 4, "VALID")
    coarse = tf.nn.relu(_film(weights, "context_in", coarse, look, weights["context_in"]))
    coarse = tf.nn.relu(_conv(weights, "context_mid", coarse))
    around = _conv(weights, "context_out", coarse)
    features += tf.image.resize(around, tf.shape(features)[1:3], "bilinear")
    for i in range(config.blocks):
        name = f"block{i}a"
        inner = tf.nn.relu(_film(weights, name, features, look, weights[name]))
        features += _conv(weights, f"block{i}b", inner)
    return tf.nn.relu(features)


def _blur() -> Array:
    kernel = np.zeros((3, 3, CHANNELS, CHANNELS), np.float32)
    kernel[:, :, :LUMA, :LUMA] = folded_blur(4, 1, sigma=1.4)
    kernel[:, :, LUMA:, LUMA:] = folded_blur(2, 2, sigma=1.2)
    return kernel


def _conv(weights: Weights, name: str, x: tf.Tensor) -> tf.Tensor:
    return _convolve(x, weights[name]) + weights[f"{name}_bias"]


def _convolve(x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    return tf.nn.conv2d(x, kernel, 1, "SAME")


def _film(
    weights: Weights, name: str, x: tf.Tensor, look: tf.Tensor, kernel: tf.Tensor
) -> tf.Tensor:
    """A convolution whose channels the look scales and shifts."""
    scale, shift = tf.split(_dense(weights, f"film_{name}", look), 2, axis=-1)
    scale, shift = 1.0 + scale, weights[f"{name}_bias"] * (1.0 + scale) + shift
    if look.shape[0] == 1:
        return _convolve(x, kernel * scale[0]) + shift[0]
    return _convolve(x, kernel) * scale[:, None, None, :] + shift[:, None, None, :]


def _dense(weights: Weights, name: str, x: tf.Tensor) -> tf.Tensor:
    return tf.matmul(x, weights[name]) + weights[f"{name}_bias"]
