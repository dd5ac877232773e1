"""A phone camera: turns good photographs into what a phone would have filmed of the same scene.

The order is that of a camera: light (exposure, white balance), lens blur, sensor noise (shot and
read noise in linear light: Foi et al., IEEE TIP 2008, eq. 1), the phone's tone curve and colour,
sharpening, 4:2:0, eight bits, compression. What belongs to the whole frame is drawn once (`draw`)
and so can be applied alike to a thumbnail of the frame and to a crop of it. Every draw comes from a
stateless seed: the same seed gives the same picture.
"""

from dataclasses import dataclass, fields

import numpy as np
import tensorflow as tf

from nhance_models import colour

# The shares of frames that are left nearly undamaged, filmed at night, and visibly compressed.
UNDAMAGED, NIGHT, COMPRESSED = 0.25, 0.18, 0.35
_BLOCK = 8


@dataclass(frozen=True)
class Shot:
    """One camera setting a frame; every field float32 [N,1,1,1], `balance` [N,1,1,3]."""

    exposure: tf.Tensor  # linear gain
    balance: tf.Tensor  # linear gain of red, green, blue
    blur_small: tf.Tensor  # share of a Gaussian of sigma 0.8 px
    blur_large: tf.Tensor  # share of a Gaussian of sigma 1.6 px
    shot_noise: tf.Tensor  # variance per unit of linear light
    read_noise: tf.Tensor  # standard deviation in linear light
    smear: tf.Tensor  # share of the noise that the phone's own denoiser has blurred
    gamma: tf.Tensor  # exponent on display values
    contrast: tf.Tensor  # slope around mid grey
    lift: tf.Tensor  # display value of black
    saturation: tf.Tensor  # gain of colour around luma
    sharpening: tf.Tensor  # gain of unsharp masking
    quantiser: tf.Tensor  # step of the compressed transform, 0..1 display values; 0 means none

    def repeat(self, times: int) -> "Shot":
        """The same settings for `times` pictures of each frame, in frame-major order."""
        return Shot(
            **{f.name: tf.repeat(getattr(self, f.name), times, axis=0) for f in fields(self)}
        )


class Dice:
    """Random numbers from a stateless seed int32 [2]; each call draws anew."""

    def __init__(self, seed: tf.Tensor) -> None:
        self._seed = seed
        self._calls = 0

    def _next(self) -> tf.Tensor:
        self._calls += 1
        return self._seed + tf.constant([0, 7919 * self._calls], tf.int32)

    def uniform(self, shape: tf.Tensor, low: float = 0.0, high: float = 1.0) -> tf.Tensor:
        return tf.random.stateless_uniform(shape, self._next(), low, high)

    def normal(self, shape: tf.Tensor, deviation: float = 1.0) -> tf.Tensor:
        return tf.random.stateless_normal(shape, self._next(), 0.0, deviation)


def draw(count: int, seed: tf.Tensor) -> Shot:
    """Settings for `count` frames from a seed int32 [2]."""
    dice = Dice(seed)
    one = [count, 1, 1, 1]
    kind = dice.uniform(one)
    undamaged = tf.cast(kind < UNDAMAGED, tf.float32)
    night = tf.cast(kind > 1 - NIGHT, tf.float32)
    # How hard a frame is hit: 0.1 for the nearly undamaged, else 0.4..1.1.
    severity = tf.where(undamaged > 0, 0.1, dice.uniform(one, 0.4, 1.1))

    stops = severity * tf.clip_by_value(dice.normal(one, 1.0) - 0.8, -3.0, 1.1)
    stops = tf.where(night > 0, dice.uniform(one, -4.0, -1.8), stops)
    warm, tint = severity * dice.normal(one, 0.13), severity * dice.normal(one, 0.045)
    balance = tf.exp(tf.concat([warm + tint, -tint, tint - warm], axis=-1))
    # Keep the luma of grey: white balance moves colour, exposure moves brightness.
    balance /= tf.reduce_sum(balance * colour.ycbcr_matrix("bt601")[0], -1, keepdims=True)

    # Sensor gain: log-uniform over about seven stops, higher in the dark.
    gain = tf.exp(dice.uniform(one, -9.3, -4.7) - 0.45 * stops) * tf.maximum(severity, 0.15)
    read = tf.sqrt(gain) * dice.uniform(one, 0.01, 0.12)
    soft = severity * dice.uniform(one) ** 1.5
    large = soft * tf.cast(dice.uniform(one) < 0.25, tf.float32) * dice.uniform(one, 0.0, 0.8)

    flat = dice.uniform(one, -0.08, 0.4)
    sharpened = tf.cast(dice.uniform(one) < 0.55, tf.float32)
    compressed = tf.cast(dice.uniform(one) < COMPRESSED, tf.float32) * (1.0 - undamaged)
    return Shot(
        exposure=2.0**stops,
        balance=balance,
        blur_small=soft,
        blur_large=large,
        shot_noise=gain,
        read_noise=read,
        smear=dice.uniform(one, 0.0, 0.8),
        gamma=tf.exp(severity * dice.normal(one, 0.12)),
        contrast=1.0 - severity * flat,
        lift=severity * tf.maximum(dice.uniform(one, -0.05, 0.09), 0.0),
        saturation=1.0 + severity * dice.uniform(one, -0.5, 0.15),
        sharpening=severity * sharpened * dice.uniform(one, 0.1, 1.1),
        quantiser=compressed * tf.exp(dice.uniform(one, -4.6, -2.6)),
    )


def expose(photo: tf.Tensor, shot: Shot) -> tf.Tensor:
    """The light that reaches the sensor, not yet clipped.

    photo: sRGB 0..1 [N,H,W,3], made linear as IEC 61966-2-1 defines it.
    """
    linear = tf.where(photo <= 0.04045, photo / 12.92, ((photo + 0.055) / 1.055) ** 2.4)
    return linear * shot.exposure * shot.balance


def develop(linear: tf.Tensor, shot: Shot) -> tf.Tensor:
    """Linear light to display values 0..1: clipping, sRGB curve, the phone's tone and colour."""
    linear = tf.clip_by_value(linear, 0.0, 1.0)
    safe = tf.maximum(linear, 0.0031308)
    display = tf.where(linear <= 0.0031308, 12.92 * linear, 1.055 * safe ** (1 / 2.4) - 0.055)
    display = tf.maximum(display, 1e-4) ** shot.gamma
    # Clipped white stays white whatever the contrast: the phone's curve is fixed at one.
    curved = 0.45 + (display - 0.45) * shot.contrast
    curved = tf.where(
        display > 0.45, curved + (1 - shot.contrast) * 0.55 * ((display - 0.45) / 0.55) ** 3, curved
    )
    curved = shot.lift + (1 - shot.lift) * curved
    grey = tf.reduce_sum(curved * colour.ycbcr_matrix("bt601")[0], -1, keepdims=True)
    return tf.clip_by_value(grey + (curved - grey) * shot.saturation, 0.0, 1.0)


def thumbnail(photo: tf.Tensor, shot: Shot) -> tf.Tensor:
    """The frame as a thumbnail sees it, light and tone only: [N,2S,2S,3] to [N,S,S,3] by means."""
    return tf.nn.avg_pool2d(develop(expose(photo, shot), shot), 2, 2, "VALID")


def film(photo: tf.Tensor, shot: Shot, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """A crop as the phone filmed it.

    photo: sRGB float32 0..1 [N,H,W,3], H and W multiples of 16. Returns canonical planes (see
    `canonical.py`) on the grid of eight bits: luma 0..1 [N,H,W,1], chroma -0.5..0.5
    [N,H/2,W/2,2].
    """
    dice = Dice(seed)
    linear = expose(photo, shot)
    linear = linear + shot.blur_small * (_gaussian(linear, 0.8) - linear)
    linear = linear + shot.blur_large * (_gaussian(linear, 1.6) - linear)
    shape = tf.shape(linear)
    noise = dice.normal(shape)
    noise = noise + shot.smear * (_gaussian(noise, 0.8) - noise)
    linear = tf.minimum(linear, 1.0)
    linear += noise * tf.sqrt(shot.shot_noise * linear + shot.read_noise**2)
    display = develop(linear, shot)
    display = tf.clip_by_value(
        display + shot.sharpening * (display - _gaussian(display, 1.6)), 0.0, 1.0
    )

    planes = tf.tensordot(display, colour.ycbcr_matrix("bt601"), [[-1], [1]])
    luma, chroma = planes[..., :1], tf.nn.avg_pool2d(planes[..., 1:], 2, 2, "VALID")
    luma = _compress(luma, shot.quantiser)
    chroma = _compress(chroma, 1.3 * shot.quantiser)
    return tf.round(tf.clip_by_value(luma, 0, 1) * 255) / 255, tf.round(chroma * 255) / 255


def blown(photo: tf.Tensor, shot: Shot) -> tf.Tensor:
    """Where the sensor clipped in every channel, 0..1 [N,H,W,1]: what is lost there is lost."""
    least = tf.reduce_min(expose(photo, shot), axis=-1, keepdims=True)
    return tf.clip_by_value((least - 0.9) / 0.3, 0.0, 1.0)


def _gaussian(image: tf.Tensor, sigma: float) -> tf.Tensor:
    """Separable Gaussian blur of radius ceil(2 sigma), reflected at the borders."""
    radius = int(np.ceil(2 * sigma))
    taps = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    taps = (taps / taps.sum()).astype(np.float32)[:, None, None, None]
    column = tf.tile(tf.constant(taps), [1, 1, image.shape[-1], 1])
    row = tf.transpose(column, [1, 0, 2, 3])
    image = tf.pad(image, [[0, 0], [radius, radius], [radius, radius], [0, 0]], mode="REFLECT")
    image = tf.nn.depthwise_conv2d(image, column, [1, 1, 1, 1], "VALID")
    return tf.nn.depthwise_conv2d(image, row, [1, 1, 1, 1], "VALID")


def _dct_matrix() -> colour.Array:
    """The orthonormal DCT-II of eight points, rows are frequencies (ITU-T T.81 §A.3.3)."""
    k, n = np.meshgrid(np.arange(_BLOCK), np.arange(_BLOCK), indexing="ij")
    matrix = np.sqrt(2 / _BLOCK) * np.cos(np.pi * (2 * n + 1) * k / (2 * _BLOCK))
    matrix[0] /= np.sqrt(2)
    return np.asarray(matrix, np.float32)


def _compress(plane: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
    """Quantises 8x8 transform blocks, in the manner of JPEG and of H.264's intra frames.

    The step grows with frequency, and what is small goes to zero.
    plane: [N,H,W,C], H and W multiples of 8; step: [N,1,1,1] in units of the plane, 0 leaves it as
    it is.
    """
    size = tf.shape(plane)
    dct = tf.constant(_dct_matrix())
    shape = [size[0], size[1] // _BLOCK, _BLOCK, size[2] // _BLOCK, _BLOCK, size[3]]
    blocks = tf.transpose(tf.reshape(plane, shape), [0, 1, 3, 5, 2, 4])
    coefficients = tf.matmul(tf.matmul(dct, blocks), dct, transpose_b=True)
    frequency = np.add.outer(np.arange(_BLOCK), np.arange(_BLOCK)).astype(np.float32)
    steps = tf.maximum(step[..., None, None], 1e-6) * (1 + 0.35 * frequency)
    levels = coefficients / steps
    # A dead zone of a third, as encoders use: |level| below two thirds becomes zero.
    levels = tf.sign(levels) * tf.floor(tf.abs(levels) + 1 / 3)
    blocks = tf.matmul(tf.matmul(dct, levels * steps, transpose_a=True), dct)
    compressed = tf.reshape(tf.transpose(blocks, [0, 1, 4, 2, 5, 3]), size)
    return tf.where(step > 0, compressed, plane)
