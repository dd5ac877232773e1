"""Deep features of pictures, in which the content loss of DPED and WESPE is taken.

Two networks, told apart by their weights file: SqueezeNet v1.0 (Iandola et al., 2016,
arXiv:1602.07360; an .npz of kernels and biases) and VGG-19 (Simonyan and Zisserman, ICLR 2015; the
Keras weights without its top), whose relu5_4 DPED takes (ICCV 2017, eq. 4).
"""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

# RGB 0..1 [N,H,W,3] to float32 [N,h,w,C].
Features = Callable[[tf.Tensor], tf.Tensor]

_MEAN_BGR = (104.0, 117.0, 123.0)  # both networks saw BGR 0..255 minus this, about
_POOLED_BEFORE = ("fire2", "fire5")
_FIRES = ("fire2", "fire3", "fire4", "fire5")  # to an eighth of the resolution
_LOUDNESS = 370.0  # root mean square of fire5's output on photographs, measured


def load(path: Path) -> Features:
    """The network of a weights file; ValueError when it is neither of the two."""
    if path.suffix == ".npz":
        return squeezenet(path)
    if path.suffix == ".h5":
        return vgg19(path)
    raise ValueError(f"{path} is neither SqueezeNet's .npz nor VGG-19's .h5 of weights")


def content_loss(features: Features, a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """Mean squared difference of the features of two batches (DPED, eq. 4)."""
    return tf.reduce_mean(tf.square(features(a) - features(b)))


def vgg19(path: Path) -> Features:
    """relu5_4 of VGG-19, a sixteenth of the resolution, 512 channels."""
    try:
        network = keras.applications.VGG19(include_top=False, weights=str(path))
    except (ValueError, OSError) as error:
        raise ValueError(f"{path} holds no weights of VGG-19 without its top") from error
    network.trainable = False
    relu5_4 = keras.Model(network.input, network.get_layer("block5_conv4").output)
    return lambda rgb: relu5_4(_as_trained(rgb))


def squeezenet(path: Path) -> Features:
    """fire5 of SqueezeNet, an eighth of the resolution, 256 channels, scaled to a mean square of
    about one.
    """
    try:
        with np.load(path) as file:
            weights = {name: tf.constant(file[name], tf.float32) for name in file.files}
        return _Squeezenet(weights)
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(f"{path} holds no weights of SqueezeNet v1.0: {error}") from error


class _Squeezenet:
    def __init__(self, weights: dict[str, tf.Tensor]) -> None:
        names = [
            f"{fire}/{conv}" for fire in _FIRES for conv in ("conv1x1_1", "conv1x1_2", "conv3x3_2")
        ]
        self._layers = {
            name: (weights[f"{name}/kernel"], weights[f"{name}/bias"]) for name in ["conv1", *names]
        }

    def __call__(self, rgb: tf.Tensor) -> tf.Tensor:
        x = self._conv("conv1", _as_trained(rgb), stride=2)
        for fire in _FIRES:
            if fire in _POOLED_BEFORE:
                x = tf.nn.max_pool2d(x, 3, 2, "SAME")
            squeezed = self._conv(f"{fire}/conv1x1_1", x)
            expanded = [
                self._conv(f"{fire}/{conv}", squeezed) for conv in ("conv1x1_2", "conv3x3_2")
            ]
            x = tf.concat(expanded, axis=-1)
        return x / _LOUDNESS

    def _conv(self, name: str, x: tf.Tensor, stride: int = 1) -> tf.Tensor:
        kernel, bias = self._layers[name]
        return tf.nn.relu(tf.nn.conv2d(x, kernel, stride, "SAME") + bias)


def _as_trained(rgb: tf.Tensor) -> tf.Tensor:
    return 255.0 * rgb[..., ::-1] - tf.constant(_MEAN_BGR)
