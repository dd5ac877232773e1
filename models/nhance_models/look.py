"""`look`, the default network: a glance at the whole frame decides how it is rendered.

The *look* is K numbers from a 64x64 thumbnail and four measures of noise; `rendering.py` applies
it at full resolution. Both live in `Weights`, by name.
"""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from nhance_models import folding, rendering
from nhance_models.colour import ycbcr_matrix
from nhance_models.rendering import Weights as Weights
from nhance_models.sizes import LookConfig as LookConfig

Planes = tuple[tf.Tensor, tf.Tensor]

_MEASURES = 4
# The tones of a thumbnail given to the network: quantiles of its luma, from black to white.
_TONES = (0.005, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 0.995)
_COLOURS = 3
# How loud fresh convolutions of the rendering are, so that training starts near identity.
_QUIET = {"tail": 0.1, "gates": 0.1, "context_out": 0.3}


def _glance_convolutions() -> list[tuple[str, int, int]]:
    return [("glance0", 3, 24), ("glance1", 24, 48), ("glance2", 48, 96), ("glance3", 96, 128)]


def new_weights(config: LookConfig, seed: int) -> Weights:
    """Fresh weights, He-normal (He et al., ICCV 2015, eq. 10), damped to start near identity."""
    random = np.random.default_rng(seed)
    shapes: dict[str, tuple[tuple[int, ...], float]] = {}
    for name, inputs, outputs in _glance_convolutions():
        shapes[name] = ((3, 3, inputs, outputs), 1.0)
    seen = 2 * _glance_convolutions()[-1][2] + len(_TONES) + _COLOURS + _MEASURES
    shapes["mind0"] = ((seen, 128), 1.0)
    shapes["mind1"] = ((128, config.size - 1), 0.5)
    for layer in rendering.convolutions(config):
        quiet = _QUIET.get(layer.name, 0.5 if layer.name.endswith("b") else 1.0)
        shapes[layer.name] = ((layer.kernel, layer.kernel, layer.inputs, layer.outputs), quiet)
    for name, outputs in rendering.film_sizes(config).items():
        shapes[f"film_{name}"] = ((config.size, 2 * outputs), 0.3)
    shapes["bend"] = ((config.size, 1 + config.curve + rendering.TURN), 0.2)
    shapes["look_gates"] = ((config.size, rendering.GATES), 0.2)
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


def look(
    weights: Weights,
    thumbnail: tf.Tensor,
    noise: tf.Tensor,
    drop: Callable[[tf.Tensor], tf.Tensor] = tf.identity,
) -> tf.Tensor:
    """The look of thumbnails RGB 0..1 [N,64,64,3] and their noise [N,4]: float32 [N,K], -1..1.

    Its last number is the frame's black level, as it is measured. `drop` is the dropout of
    training.
    """
    measured = _tones(thumbnail)
    tones = 2.0 * measured - 1.0
    colours = 2.0 * tf.reduce_mean(thumbnail, [1, 2]) - 1.0
    x = 2.0 * thumbnail - 1.0
    for name, _, _ in _glance_convolutions():
        x = tf.nn.relu(tf.nn.conv2d(x, weights[name], 2, "SAME") + weights[f"{name}_bias"])
    scene = [tf.reduce_mean(x, [1, 2]), tf.reduce_max(x, [1, 2])]
    seen = drop(tf.concat([*scene, tones, colours, noise], axis=-1))
    x = drop(tf.nn.relu(_dense(weights, "mind0", seen)))
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
    cells = folding.from_canonical(luma, chroma)
    codes = rendering.Codes.full_range()
    luma, chroma = folding.to_canonical(rendering.render(weights, config, codes, cells, look))
    return tf.clip_by_value(luma, 0.0, 1.0), tf.clip_by_value(chroma, -0.5, 0.5)


def _dense(weights: Weights, name: str, x: tf.Tensor) -> tf.Tensor:
    return tf.matmul(x, weights[name]) + weights[f"{name}_bias"]
