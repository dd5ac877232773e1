"""Blurring of a folded plane as one 3x3 convolution: the smoothing of `look`."""

import numpy as np

from nhance_models.colour import Array


def folded_blur(fold: int, channels: int, sigma: float) -> Array:
    """What a Gaussian blur of a plane changes, as a kernel on its space-to-depth form.

    A plane [H,W,channels] folded by `fold` has fold^2 * channels channels; the kernel, float32
    [3,3,n,n] with n of these, gives the blurred plane minus the plane. sigma counts pixels of the
    plane; the Gaussian ends at the cells next to its own.
    """
    n = fold * fold * channels
    kernel = np.zeros((3, 3, n, n), np.float32)
    # Rows and columns of the plane around one cell: -fold .. 2 fold - 1.
    around = np.arange(-fold, 2 * fold)
    for row in range(fold):
        for column in range(fold):
            weights = np.exp(
                -((around[:, None] - row) ** 2 + (around - column) ** 2) / (2 * sigma**2)
            )
            weights /= weights.sum()
            weights[fold + row, fold + column] -= 1.0
            cells = (
                weights.reshape(3, fold, 3, fold).transpose(0, 2, 1, 3).reshape(3, 3, fold * fold)
            )
            for channel in range(channels):
                output = (row * fold + column) * channels + channel
                kernel[:, :, channel::channels, output] = cells
    return kernel
