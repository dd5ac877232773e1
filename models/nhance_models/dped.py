"""The generator of DPED, as its authors published it, for frames of any size.

Ignatov et al., "DSLR-Quality Photos on Mobile Devices with Deep Convolutional Networks", ICCV 2017,
§3.2.

9x9 to 64 channels; four residual blocks of two 3x3 convolutions with instance normalisation, where
the block's input is added after the second ReLU; two 3x3; 9x9 to RGB; 0.58 tanh + 0.5.
Normalisation runs over the whole frame, so a frame can neither be tiled nor padded without changing
the result.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from nhance_models.colour import Array

CHANNELS, BLOCKS = 64, 4
EPSILON = 1e-3  # of the instance normalisation, in the published code

Weights = Mapping[str, tf.Tensor]


@dataclass(frozen=True)
class Layer:
    """One convolution."""

    number: int  # in its published names, W1 and b1
    kernel: int
    inputs: int
    outputs: int
    normalised: bool

    @property
    def multiply_adds(self) -> int:
        """Per pixel."""
        return self.kernel**2 * self.inputs * self.outputs


def layers() -> list[Layer]:
    """The twelve convolutions, in order."""
    c = CHANNELS
    blocks = [Layer(number, 3, c, c, True) for number in range(2, 2 + 2 * BLOCKS)]
    return [
        Layer(1, 9, 3, c, False),
        *blocks,
        Layer(10, 3, c, c, False),
        Layer(11, 3, c, c, False),
        Layer(12, 9, c, 3, False),
    ]


def multiply_adds() -> int:
    """Multiply-adds a pixel of the convolutions: 399,744."""
    return sum(layer.multiply_adds for layer in layers())


def load_checkpoint(path: Path) -> dict[str, Array]:
    """Reads a published TensorFlow 1 checkpoint, named without its `.index` or `.data` suffix.

    Instance normalisation has no names of its own there: its variables are numbered in the order of
    their creation, shift before scale (`generator/Variable`, `generator/Variable_1`, ...). Returned
    as `shift2`, `scale2`, ... beside `W2`, `b2`. Raises ValueError when the file is no checkpoint,
    or lacks a variable or has it in another shape.
    """
    try:
        reader = tf.train.load_checkpoint(str(path))
    except (tf.errors.OpError, ValueError, RuntimeError) as error:
        raise ValueError(f"{path} is no TensorFlow checkpoint: {_first_line(error)}") from error
    shapes = reader.get_variable_to_shape_map()

    def read(name: str, shape: tuple[int, ...]) -> Array:
        if name not in shapes:
            raise ValueError(f"{path} is no DPED generator: it lacks the variable {name}")
        if tuple(shapes[name]) != shape:
            raise ValueError(f"{path}: {name} has the shape {tuple(shapes[name])}, not {shape}")
        return np.asarray(reader.get_tensor(name), np.float32)

    weights: dict[str, Array] = {}
    unnamed = 0
    for layer in layers():
        n = layer.number
        weights[f"W{n}"] = read(
            f"generator/W{n}", (layer.kernel, layer.kernel, layer.inputs, layer.outputs)
        )
        weights[f"b{n}"] = read(f"generator/b{n}", (layer.outputs,))
        if layer.normalised:
            for part in ("shift", "scale"):
                name = f"generator/Variable_{unnamed}" if unnamed else "generator/Variable"
                weights[f"{part}{n}"] = read(name, (layer.outputs,))
                unnamed += 1
    return weights


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


def generate(weights: Weights, rgb: tf.Tensor) -> tf.Tensor:
    """Enhanced frames: RGB float32 0..1 [N,H,W,3] to -0.08..1.08, as published, not clipped."""
    x = tf.nn.relu(_conv(weights, 1, rgb))
    for first in range(2, 2 + 2 * BLOCKS, 2):
        inner = tf.nn.relu(_normalise(weights, first, _conv(weights, first, x)))
        x += tf.nn.relu(_normalise(weights, first + 1, _conv(weights, first + 1, inner)))
    x = tf.nn.relu(_conv(weights, 10, x))
    x = tf.nn.relu(_conv(weights, 11, x))
    return 0.58 * tf.tanh(_conv(weights, 12, x)) + 0.5


def _conv(weights: Weights, number: int, x: tf.Tensor) -> tf.Tensor:
    return tf.nn.conv2d(x, weights[f"W{number}"], 1, "SAME") + weights[f"b{number}"]


def _normalise(weights: Weights, number: int, x: tf.Tensor) -> tf.Tensor:
    """Instance normalisation over height and width (Ulyanov et al., 2016, arXiv:1607.08022)."""
    mean, variance = tf.nn.moments(x, [1, 2], keepdims=True)
    scale = weights[f"scale{number}"] * tf.math.rsqrt(variance + EPSILON)
    return x * scale + (weights[f"shift{number}"] - mean * scale)
