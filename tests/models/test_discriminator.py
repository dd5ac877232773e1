import numpy as np
import pytest
import tensorflow as tf

from nhance_models import discriminator, precision


@pytest.mark.parametrize(("size", "channels"), [(100, 1), (64, 3)])
def test_one_logit_a_picture(size: int, channels: int) -> None:
    weights = discriminator.new_weights(size, channels, seed=1)
    logits = discriminator.judge(weights, tf.zeros([3, size, size, channels]))
    assert logits.shape == (3, 1)


def test_one_that_is_not_normalised_sees_how_bright_a_picture_is() -> None:
    dark = tf.image.resize(tf.random.stateless_uniform([1, 4, 4, 3], [1, 2]), (32, 32)) / 2

    def difference(normalised: bool) -> float:
        weights = discriminator.new_weights(32, 3, seed=1, normalised=normalised)
        # Nothing but the means differs, once the borders' zeros can't be told from the rest.
        weights["conv0"].assign(tf.abs(weights["conv0"]))
        dimmed, bright = discriminator.judge(weights, tf.concat([dark, dark + 0.4], axis=0))
        return abs(float(bright[0] - dimmed[0]))

    assert difference(normalised=False) > 2 * difference(normalised=True)


def test_it_learns_to_tell_two_kinds_apart() -> None:
    random = np.random.default_rng(5)
    smooth = tf.image.resize(random.uniform(0, 1, (8, 8, 8, 1)).astype(np.float32), (32, 32))
    rough = tf.constant(random.uniform(0, 1, (8, 32, 32, 1)).astype(np.float32))
    weights = discriminator.new_weights(32, 1, seed=1)
    optimizer = precision.adam(1e-3, weights)
    found = []
    for _ in range(12):
        with tf.GradientTape() as tape:
            loss, deceit = discriminator.losses(weights, smooth, rough)
        precision.descend(optimizer, tape, loss, weights)
        found.append((float(loss), float(deceit)))
    assert found[-1][0] < 0.3 < found[0][0]
    assert found[-1][1] > found[0][1]
