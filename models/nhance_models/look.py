"""`look`, the default network: a glance at the whole frame, then rendering with local detail.

The *look* is K numbers from a 64x64 thumbnail and four measures of noise. *Rendering* first bends
luma by a curve and turns chroma by a small matrix, both read from the look; then it folds the
planes to a quarter of their resolution (space-to-depth 4 on luma, 2 on chroma: 24 channels) and
corrects them with a few 3x3 convolutions, each scaled and shifted by the look (FiLM: Perez et al.,
AAAI 2018). Nothing else of a frame's statistics enters the rendering, so frames that share a look
are treated alike.
"""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from nhance_models.colour import ycbcr_matrix
from nhance_models.smoothing import folded_blur

Planes = tuple[tf.Tensor, tf.Tensor]
Weights = dict[str, tf.Variable]

LUMA, CHROMA = 16, 8  # channels of the folded planes
FOLDED = LUMA + CHROMA
_GAINS = 4  # of luma and chroma, and of their smoothing
_BLUR_LUMA = folded_blur(4, 1, sigma=1.4)
_BLUR_CHROMA = folded_blur(2, 2, sigma=1.2)
_CURVE = 4  # share of the black level, and three coefficients of the tone curve
_TURN = 6  # chroma from chroma (2x2) and from luma (2)
_MEASURES = 4
# The tones of a thumbnail given to the network: quantiles of its luma, from black to white.
_TONES = (0.005, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 0.995)
_COLOURS = 3


@dataclass(frozen=True)
class LookConfig:
    """Sizes of the network."""

    size: int = 48  # K, the length of the look
    thumbnail: int = 64
    channels: int = 28
    context_channels: int = 48
    blocks: int = 2


@dataclass(frozen=True)
class Conv:
    """One convolution of the rendering; `pixels` of the frame share one of its outputs."""

    name: str
    kernel: int
    inputs: int
    outputs: int
    pixels: int

    @property
    def multiply_adds(self) -> float:
        """Per pixel of the frame."""
        return self.kernel**2 * self.inputs * self.outputs / self.pixels


def render_convolutions(config: LookConfig) -> list[Conv]:
    """The convolutions of the rendering, in order."""
    c, w = config.channels, config.context_channels
    body = [Conv(f"block{i}{half}", 3, c, c, 16) for i in range(config.blocks) for half in "ab"]
    return [
        Conv("head", 3, FOLDED, c, 16),
        Conv("context_in", 3, c, w, 256),
        Conv("context_mid", 3, w, w, 256),
        Conv("context_out", 1, w, c, 256),
        *body,
        Conv("tail", 3, c, FOLDED + _GAINS, 16),
    ]


def render_cost(config: LookConfig) -> float:
    """Multiply-adds a pixel of rendering: the convolutions and what is done between them."""
    c, w = config.channels, config.context_channels
    film, upsampling = c * (1 + config.blocks) / 16 + w / 256, 4 * c / 16
    curve, turn, gain = 6, (_TURN + 2) / 4, 2 * FOLDED / 16
    smoothing = 9 * (LUMA**2 + CHROMA**2) / 16
    convolutions = smoothing + sum(layer.multiply_adds for layer in render_convolutions(config))
    return convolutions + film + upsampling + curve + turn + gain


def _glance_convolutions() -> list[tuple[str, int, int]]:
    return [("glance0", 3, 24), ("glance1", 24, 48), ("glance2", 48, 96), ("glance3", 96, 128)]


def _film_sizes(config: LookConfig) -> dict[str, int]:
    blocks = {f"block{i}a": config.channels for i in range(config.blocks)}
    return {"head": config.channels, "context_in": config.context_channels, **blocks}


def new_weights(config: LookConfig, seed: int) -> Weights:
    """Fresh weights, He-normal (He et al., ICCV 2015, eq. 10), damped to start near identity."""
    random = np.random.default_rng(seed)
    shapes: dict[str, tuple[tuple[int, ...], float]] = {}
    for name, inputs, outputs in _glance_convolutions():
        shapes[name] = ((3, 3, inputs, outputs), 1.0)
    seen = 2 * _glance_convolutions()[-1][2] + len(_TONES) + _COLOURS + _MEASURES
    shapes["mind0"] = ((seen, 128), 1.0)
    shapes["mind1"] = ((128, config.size - 1), 0.5)
    for layer in render_convolutions(config):
        quiet = {"tail": 0.1, "context_out": 0.3}.get(
            layer.name, 0.5 if layer.name.endswith("b") else 1.0
        )
        shapes[layer.name] = ((layer.kernel, layer.kernel, layer.inputs, layer.outputs), quiet)
    for name, outputs in _film_sizes(config).items():
        shapes[f"film_{name}"] = ((config.size, 2 * outputs), 0.3)
    shapes["bend"] = ((config.size, _CURVE + _TURN), 0.2)
    shapes["gains"] = ((config.size, _GAINS), 0.2)
    weights = {}
    for name, (shape, gain) in shapes.items():
        deviation = gain * np.sqrt(2 / np.prod(shape[:-1]))
        weights[name] = tf.Variable(
            random.normal(0, deviation, shape).astype(np.float32), name=name
        )
        weights[f"{name}_bias"] = tf.Variable(np.zeros(shape[-1], np.float32), name=f"{name}_bias")
    return weights


def measure_noise(luma: tf.Tensor, chroma: tf.Tensor, pictures: int = 1) -> tf.Tensor:
    """Fine-grained energy of canonical planes: float32 [N,4], logarithms.

    The planes hold N frames of `pictures` pictures each.
    The mean absolute response of the noise mask of Immerkaer (CVIU 1996, eq. 2) in blocks of 16x16
    pixels: over the quietest quarter of the blocks (noise) and over all of them (detail), of luma
    and of chroma (blocks of 8x8).
    """
    return tf.concat([_fine_energy(luma, 16, pictures), _fine_energy(chroma, 8, pictures)], axis=-1)


def _fine_energy(plane: tf.Tensor, block: int, pictures: int) -> tf.Tensor:
    mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
    channels = plane.shape[-1]
    kernel = tf.tile(tf.constant(mask)[:, :, None, None], [1, 1, channels, 1])
    response = tf.abs(tf.nn.depthwise_conv2d(plane, kernel, [1, 1, 1, 1], "VALID"))
    response = tf.reduce_mean(response, axis=-1, keepdims=True)
    blocks = tf.nn.avg_pool2d(response, block, block, "SAME")
    flat = tf.reshape(blocks, [tf.shape(plane)[0] // pictures, -1])
    quiet = tf.sort(flat, axis=-1)[:, : (tf.shape(flat)[1] + 3) // 4]
    energies = tf.stack([tf.reduce_mean(quiet, -1), tf.reduce_mean(flat, -1)], axis=-1)
    return 0.5 * tf.math.log(energies + 1e-3) + 2.5


def look(weights: Weights, thumbnail: tf.Tensor, noise: tf.Tensor) -> tf.Tensor:
    """The look of thumbnails RGB 0..1 [N,64,64,3] and their noise [N,4]: float32 [N,K], -1..1.

    Its last number is the frame's black level, as it is measured.
    """
    measured = _tones(thumbnail)
    tones = 2.0 * measured - 1.0
    colours = 2.0 * tf.reduce_mean(thumbnail, [1, 2]) - 1.0
    x = 2.0 * thumbnail - 1.0
    for name, _, _ in _glance_convolutions():
        x = tf.nn.relu(tf.nn.conv2d(x, weights[name], 2, "SAME") + weights[f"{name}_bias"])
    scene = [tf.reduce_mean(x, [1, 2]), tf.reduce_max(x, [1, 2])]
    seen = tf.concat([*scene, tones, colours, noise], axis=-1)
    x = tf.nn.relu(_dense(weights, "mind0", seen))
    return tf.concat([tf.tanh(_dense(weights, "mind1", x)), measured[:, :1]], axis=-1)


def _tones(thumbnail: tf.Tensor) -> tf.Tensor:
    """Quantiles of luma, float32 [N,9]: black, white and the tones between, whatever the scene."""
    luma = tf.reduce_sum(thumbnail * ycbcr_matrix("bt601")[0], axis=-1)
    pixels = thumbnail.shape[1] * thumbnail.shape[2]
    ordered = tf.sort(tf.reshape(luma, [-1, pixels]), axis=-1)
    return tf.gather(ordered, [round(share * (pixels - 1)) for share in _TONES], axis=-1)


def render(
    weights: Weights, config: LookConfig, luma: tf.Tensor, chroma: tf.Tensor, look: tf.Tensor
) -> Planes:
    """Canonical planes as the look wants them, clipped to 0..1 and -0.5..0.5.

    luma [N,H,W,1], chroma [N,H/2,W/2,2], H and W multiples of 16; look [N,K].
    """
    y, c = _bend(_dense(weights, "bend", look), look[:, -1:], luma, chroma)
    folded_luma, folded_chroma = tf.nn.space_to_depth(y, 4), tf.nn.space_to_depth(c, 2)
    x = tf.concat([folded_luma - 0.5, 2.0 * folded_chroma], axis=-1)
    x = _film(weights, "head", x, look)
    x += _context(weights, x, look)
    for i in range(config.blocks):
        inner = tf.nn.relu(_film(weights, f"block{i}a", x, look))
        x += _conv(weights, f"block{i}b", inner)
    # The last four channels are gains, to which the look adds its own for the whole frame.
    gains = tf.pad(_dense(weights, "gains", look), [[0, 0], [FOLDED, 0]])[:, None, None, :]
    correction = _conv(weights, "tail", tf.nn.relu(x)) + gains
    # Cells that are black or white stay so: nothing is invented where the camera saw nothing.
    mean = tf.reduce_mean(tf.nn.space_to_depth(luma, 4), axis=-1, keepdims=True)
    correction *= tf.clip_by_value(24.0 * tf.minimum(mean, 1.0 - mean), 0.0, 1.0)
    luma_gain, chroma_gain, luma_smooth, chroma_smooth = tf.split(
        correction[..., FOLDED:], 4, axis=-1
    )
    smoothed = luma_smooth * _convolve(folded_luma, _BLUR_LUMA)
    folded_luma += folded_luma * luma_gain + smoothed + correction[..., :LUMA]
    smoothed = chroma_smooth * _convolve(folded_chroma, _BLUR_CHROMA)
    folded_chroma += folded_chroma * chroma_gain + smoothed + correction[..., LUMA:FOLDED]
    rendered_luma = tf.nn.depth_to_space(folded_luma, 4)
    rendered_chroma = tf.nn.depth_to_space(folded_chroma, 2)
    return tf.clip_by_value(rendered_luma, 0.0, 1.0), tf.clip_by_value(rendered_chroma, -0.5, 0.5)


def _bend(parameters: tf.Tensor, black: tf.Tensor, luma: tf.Tensor, chroma: tf.Tensor) -> Planes:
    """The look's tone curve and chroma matrix, parameters [N,10], black level [N,1].

    Black and white keep their luma, and their grey. Curve: a share of the black level, at most
    0.3, is taken away; then y + y (1 - y) (a + b y + c y^2): the quadratic curve of Zero-DCE (Guo
    et al., CVPR 2020, eq. 1) with two more terms.
    """
    p = parameters[:, None, None, :]
    lift = tf.sigmoid(2.0 * p[..., :1]) * tf.clip_by_value(black, 0.0, 0.3)[:, None, None, :]
    y = tf.clip_by_value(luma, 0.0, 1.0)
    y = tf.nn.relu(y - lift) / (1.0 - lift)
    y = y + y * (1.0 - y) * (p[..., 1:2] + y * (p[..., 2:3] + y * p[..., 3:4]))
    grey = tf.nn.avg_pool2d(luma, 2, 2, "VALID")
    tint = grey * (1.0 - grey * grey)
    u, v = chroma[..., :1], chroma[..., 1:]
    turned_u = u + u * p[..., 4:5] + v * p[..., 5:6] + tint * p[..., 6:7]
    turned_v = v + u * p[..., 7:8] + v * p[..., 8:9] + tint * p[..., 9:10]
    return tf.clip_by_value(y, 0.0, 1.0), tf.clip_by_value(
        tf.concat([turned_u, turned_v], -1), -0.5, 0.5
    )


def _context(weights: Weights, x: tf.Tensor, look: tf.Tensor) -> tf.Tensor:
    """What surrounds each cell: four times coarser, then back by bilinear interpolation."""
    size = tf.shape(x)
    coarse = tf.nn.avg_pool2d(x, 4, 4, "VALID")
    coarse = tf.nn.relu(_film(weights, "context_in", coarse, look))
    coarse = tf.nn.relu(_conv(weights, "context_mid", coarse))
    return tf.image.resize(_conv(weights, "context_out", coarse), size[1:3], "bilinear")


def _conv(weights: Weights, name: str, x: tf.Tensor) -> tf.Tensor:
    return _convolve(x, weights[name]) + weights[f"{name}_bias"]


def _convolve(x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    return tf.nn.conv2d(x, kernel, 1, "SAME")


def _film(weights: Weights, name: str, x: tf.Tensor, look: tf.Tensor) -> tf.Tensor:
    """A convolution whose channels the look scales and shifts."""
    scale, shift = tf.split(_dense(weights, f"film_{name}", look)[:, None, None, :], 2, axis=-1)
    return _conv(weights, name, x) * (1.0 + scale) + shift


def _dense(weights: Weights, name: str, x: tf.Tensor) -> tf.Tensor:
    return tf.matmul(x, weights[name]) + weights[f"{name}_bias"]
