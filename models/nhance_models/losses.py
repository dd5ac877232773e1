"""What training minimises, and the measures of evaluation.

Pictures are RGB float32 0..1 [N,H,W,3].
"""

import tensorflow as tf

from nhance_models import colour

_C1, _C2 = 0.01**2, 0.03**2  # Wang et al., IEEE TIP 2004, §III-B, for a range of 1


def charbonnier(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """Mean of sqrt(d^2 + 1e-6), smooth at zero (Charbonnier et al., ICIP 1994)."""
    return tf.reduce_mean(tf.sqrt(tf.square(a - b) + 1e-6))


def grey(rgb: tf.Tensor) -> tf.Tensor:
    """BT.601 luma [N,H,W,1]."""
    return tf.reduce_sum(rgb * colour.ycbcr_matrix("bt601")[0], axis=-1, keepdims=True)


def ssim(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """Mean structural similarity of planes [N,H,W,1] in windows of 8x8 with stride 4 (Wang et al.
    2004, eq. 13).
    """

    def mean(x: tf.Tensor) -> tf.Tensor:
        # A window is four cells of 4x4, which are averaged once for all the windows they are in.
        return tf.nn.avg_pool2d(tf.nn.avg_pool2d(x, 4, 4, "VALID"), 2, 1, "VALID")

    mean_a, mean_b = mean(a), mean(b)
    variance_a, variance_b = mean(a * a) - mean_a**2, mean(b * b) - mean_b**2
    covariance = mean(a * b) - mean_a * mean_b
    similarity = (2 * mean_a * mean_b + _C1) * (2 * covariance + _C2)
    return tf.reduce_mean(
        similarity / ((mean_a**2 + mean_b**2 + _C1) * (variance_a + variance_b + _C2)), [1, 2, 3]
    )


def psnr(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """Peak signal-to-noise ratio of each picture, dB, float32 [N]; both clipped to 0..1 first."""
    error = tf.square(tf.clip_by_value(a, 0.0, 1.0) - tf.clip_by_value(b, 0.0, 1.0))
    return -10.0 * tf.math.log(tf.reduce_mean(error, [1, 2, 3]) + 1e-10) / tf.math.log(10.0)


def look_loss(rendered: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    """Pixels, fine detail, structure at two scales, and the colour of 16x16 areas.

    Detail (what a 5x5 mean leaves over) weighs noise and blur against the exposure of the frame,
    which would otherwise drown them; the areas do the same for white balance.
    """
    a, b = grey(rendered), grey(target)
    structure = 2.0 - tf.reduce_mean(ssim(a, b)) - tf.reduce_mean(ssim(_half(a), _half(b)))
    areas = charbonnier(_areas(rendered), _areas(target))
    detail = charbonnier(_detail(rendered), _detail(target))
    return charbonnier(rendered, target) + 1.5 * detail + 0.08 * structure + 0.5 * areas


def _half(plane: tf.Tensor) -> tf.Tensor:
    return tf.nn.avg_pool2d(plane, 2, 2, "VALID")


def _areas(rgb: tf.Tensor) -> tf.Tensor:
    return tf.nn.avg_pool2d(rgb, 16, 16, "VALID")


def _detail(rgb: tf.Tensor) -> tf.Tensor:
    channels = rgb.shape[-1]
    column = tf.ones([5, 1, channels, 1]) / 5.0
    mean = tf.nn.depthwise_conv2d(rgb, column, [1, 1, 1, 1], "SAME")
    row = tf.reshape(column, [1, 5, channels, 1])
    return rgb - tf.nn.depthwise_conv2d(mean, row, [1, 1, 1, 1], "SAME")
