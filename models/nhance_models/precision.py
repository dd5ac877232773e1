"""Half precision where the machine has use for it: on a GPU, and nowhere else.

TensorFlow's graph optimiser then runs convolutions in float16, and the optimisers scale their
losses so that small gradients survive (Micikevicius et al., ICLR 2018).
"""

from collections.abc import Mapping

import keras
import tensorflow as tf

GPU_BATCHES = 4  # batches that are taken at once where there is a GPU


def on_gpu() -> bool:
    """Whether TensorFlow sees a GPU."""
    return bool(tf.config.list_physical_devices("GPU"))


def batch(on_processor: int) -> int:
    """The size of a batch here."""
    return on_processor * GPU_BATCHES if on_gpu() else on_processor


def adam(
    rate: float | keras.optimizers.schedules.LearningRateSchedule,
    weights: Mapping[str, tf.Variable],
    clip_norm: float = 1.0,
) -> keras.optimizers.Optimizer:
    """Adam (Kingma and Ba, ICLR 2015) for these weights, in the machine's precision.

    A loss goes through its `scale_loss` before the gradients are taken.
    """
    optimizer = keras.optimizers.Adam(rate, global_clipnorm=clip_norm)
    if on_gpu():
        tf.config.optimizer.set_experimental_options({"auto_mixed_precision": True})
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    optimizer.build(list(weights.values()))
    return optimizer


def descend(
    optimizer: keras.optimizers.Optimizer,
    tape: tf.GradientTape,
    loss: tf.Tensor,
    weights: Mapping[str, tf.Variable],
) -> None:
    """One step of an optimiser down a scaled loss that `tape` has seen."""
    variables = list(weights.values())
    gradients = tape.gradient(loss, variables)
    optimizer.apply_gradients(zip(gradients, variables, strict=True))
