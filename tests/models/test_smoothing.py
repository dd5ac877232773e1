import numpy as np
import pytest
import tensorflow as tf

from nhance_models.smoothing import folded_blur


@pytest.mark.parametrize(("fold", "channels"), [(4, 1), (2, 2)])
def test_the_folded_kernel_blurs_the_plane(fold: int, channels: int) -> None:
    plane = np.random.default_rng(7).uniform(0, 1, (1, 32, 32, channels)).astype(np.float32)
    folded = tf.nn.space_to_depth(plane, fold)
    change = tf.nn.conv2d(folded, folded_blur(fold, channels, sigma=0.7), 1, "SAME")
    blurred = (plane + tf.nn.depth_to_space(change, fold)).numpy()

    taps = np.exp(-(np.arange(-3, 4) ** 2) / (2 * 0.7**2))
    taps /= taps.sum()
    for axis in (1, 2):
        plane = np.apply_along_axis(np.convolve, axis, plane, taps, mode="same")
    np.testing.assert_allclose(blurred[:, 8:-8, 8:-8], plane[:, 8:-8, 8:-8], atol=5e-3)
