"""What the machine has use for: larger batches on a GPU, and there precision mixed as suits it.

From compute capability 8.0 on, TensorFlow's convolutions run on tensor cores anyway: TF32 rounds
their inputs to ten bits of mantissa and adds up in float32 (NVIDIA, "Accelerating AI Training with
NVIDIA TF32 Tensor Cores"). Older cards have tensor cores for float16 alone: there TensorFlow's
graph optimiser runs convolutions in it, and the optimisers scale their losses so that small
gradients survive (Micikevicius et al., ICLR 2018). An H100 took 114 ms for a step of DPED with
TF32 and 153 ms with float16.
"""

from collections.abc import Mapping

import keras
import tensorflow as tf

TF32 = (8, 0)  # the first compute capability that has it
GPU_BATCHES = 4  # batches that are taken at once where there is a GPU


def on_gpu() -> bool:
    """Whether TensorFlow sees a GPU."""
    return bool(tf.config.list_physical_devices("GPU"))


def wants_float16() -> bool:
    """Whether TensorFlow sees a GPU, and it says that it is one without TF32."""
    cards = tf.config.list_physical_devices("GPU")
    if not cards:
        return False
    details = tf.config.experimental.get_device_details(cards[0])
    return bool(details.get("compute_capability", TF32) < TF32)


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
    if wants_float16():
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
