"""Steering: between two looks, the means of a frame move as its input's do.

A curve that lifts the dark makes changes of a frame's mean larger: noise, a lamp's flicker, the
exposure of the camera. So a look says what the means of luma, Cb and Cr were before and after
rendering. Looks are interpolated in time, and these with them; by what a frame's own means
depart from `before`, its output departs from `after`, and by no more. Where that would move a frame
far, something has come into the picture or left it, and what stands still is to stay as it is.

All of it is in centred codes of the video.
"""

from dataclasses import dataclass

import tensorflow as tf

from nhance_models.folding import CHROMA, LUMA, Planes

SIZE = 6
# A departure of less is noise, or a lamp, and nothing of it is left.
FLICKER_CODES = 0.5
# Of the rest of a departure, how much is left. Were it all, the output of real videos would change
# 5 % more than its input: what lies between `before` and `after` moves as well.
KEPT = 0.8
# Who would have to be moved so far is not moved. The most that anything is moved is 0.29 of it.
FAR_CODES = 8.0
_UNIT = 128.0  # codes; so that these numbers are of the size of a look's others


@dataclass(frozen=True)
class Course:
    """Means of luma, Cb and Cr before and after rendering, float32 [N,3] each."""

    before: tf.Tensor
    after: tf.Tensor

    @classmethod
    def of(cls, cells: Planes, rendered: tf.Tensor) -> "Course":
        """Of cells (`folding.py`) and of what became of them, float32 [N,h,w,24]."""
        luma, chroma = (tf.reduce_mean(plane, [1, 2]) for plane in cells)
        return cls(_means(tf.concat([luma, chroma], -1)), _means(tf.reduce_mean(rendered, [1, 2])))

    @classmethod
    def read(cls, numbers: tf.Tensor) -> "Course":
        """From what `numbers` gave, [N,6]."""
        before, after = tf.split(numbers * _UNIT, 2, axis=-1)
        return cls(before, after)

    def numbers(self) -> tf.Tensor:
        """As a look carries it: float32 [N,6], -1..1."""
        return tf.concat([self.before, self.after], axis=-1) / _UNIT

    def shift(self, own: "Course", share: tf.Tensor) -> tf.Tensor:
        """What a frame whose own course is `own` wants added to its cells, float32 [N,24].

        share: float32 [N,1], the share of the frame to which it will be added.
        """
        departure = own.before - self.before
        departure -= tf.clip_by_value(departure, -FLICKER_CODES, FLICKER_CODES)
        wanted = self.after + KEPT * departure - own.after
        shift = _unless_far(tf.math.divide_no_nan(wanted, share))
        luma, chroma = tf.split(shift, [1, 2], axis=-1)
        return tf.concat([tf.tile(luma, [1, LUMA]), tf.tile(chroma, [1, CHROMA // 2])], axis=-1)


def _unless_far(shift: tf.Tensor) -> tf.Tensor:
    """Small values stay, large ones vanish: the biweight (Beaton and Tukey, Technometrics 1974)."""
    return shift * tf.maximum(1.0 - (shift / FAR_CODES) ** 2, 0.0) ** 2


def _means(channels: tf.Tensor) -> tf.Tensor:
    """Of luma, Cb and Cr, [N,3], from those of a cell's channels, [N,24]."""
    luma, chroma = tf.split(channels, [LUMA, CHROMA], axis=-1)
    samples = tf.reshape(chroma, [-1, CHROMA // 2, 2])
    return tf.concat([tf.reduce_mean(luma, -1, keepdims=True), tf.reduce_mean(samples, 1)], -1)
