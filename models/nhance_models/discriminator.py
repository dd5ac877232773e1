"""The discriminator of DPED (Ignatov et al., ICCV 2017, §3.2 and fig. 4).

It tells pictures of one camera from another's: by texture when it sees luma, by colour (WESPE,
CVPRW 2018, §3) when it sees blurred RGB. Five convolutions, a dense layer of 1024, one logit. The
convolutions but the first are normalised per picture, but for colour: normalising takes away how
bright and of which colour a picture is.
"""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

EPSILON = 1e-3
_LEAK = 0.2
_DENSE = 1024

Weights = dict[str, tf.Variable]


@dataclass(frozen=True)
class _Layer:
    kernel: int
    stride: int
    outputs: int


_LAYERS = (
    _Layer(11, 4, 48),
    _Layer(5, 2, 128),
    _Layer(3, 1, 192),
    _Layer(3, 1, 192),
    _Layer(3, 2, 128),
)


def new_weights(size: int, channels: int, seed: int, *, normalised: bool = True) -> Weights:
    """Fresh weights for pictures [N,size,size,channels]: He-normal (He et al., ICCV 2015)."""
    random = np.random.default_rng(seed)
    weights: Weights = {}

    def add(name: str, shape: tuple[int, ...]) -> None:
        values = random.normal(0.0, np.sqrt(2 / np.prod(shape[:-1])), shape)
        weights[name] = tf.Variable(values.astype(np.float32), name=name)
        weights[f"{name}_bias"] = tf.Variable(np.zeros(shape[-1], np.float32), name=f"{name}_bias")

    inputs, side = channels, size
    for number, layer in enumerate(_LAYERS):
        add(f"conv{number}", (layer.kernel, layer.kernel, inputs, layer.outputs))
        if number and normalised:
            ones = np.ones(layer.outputs, np.float32)
            weights[f"scale{number}"] = tf.Variable(ones, name=f"scale{number}")
        inputs, side = layer.outputs, -(-side // layer.stride)
    add("dense", (side * side * inputs, _DENSE))
    add("out", (_DENSE, 1))
    return weights


def judge(weights: Weights, pictures: tf.Tensor) -> tf.Tensor:
    """Logits float32 [N,1], high for the better camera, of pictures 0..1 [N,S,S,C]."""
    x = pictures
    for number, layer in enumerate(_LAYERS):
        x = tf.nn.conv2d(x, weights[f"conv{number}"], layer.stride, "SAME")
        if f"scale{number}" in weights:
            mean, variance = tf.nn.moments(x, [1, 2], keepdims=True)
            x = (x - mean) * tf.math.rsqrt(variance + EPSILON) * weights[f"scale{number}"]
        x = tf.nn.leaky_relu(x + weights[f"conv{number}_bias"], _LEAK)
    flat = tf.reshape(x, [tf.shape(x)[0], weights["dense"].shape[0]])
    hidden = tf.nn.leaky_relu(tf.matmul(flat, weights["dense"]) + weights["dense_bias"], _LEAK)
    return tf.matmul(hidden, weights["out"]) + weights["out_bias"]


def losses(weights: Weights, real: tf.Tensor, made: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Cross-entropies of the discriminator, and of the generator that would deceive it."""
    logits = judge(weights, tf.concat([real, made], axis=0))
    count = tf.shape(real)[0]

    def entropy(logits: tf.Tensor, label: float) -> tf.Tensor:
        labels = tf.fill(tf.shape(logits), label)
        return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels, logits))

    of_real, of_made = logits[:count], logits[count:]
    return (entropy(of_real, 1.0) + entropy(of_made, 0.0)) / 2.0, entropy(of_made, 1.0)
