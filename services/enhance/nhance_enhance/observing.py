"""What is noted of a batch while it is enhanced: levels before and after, and a poster."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from nhance_media.batches import fraction
from nhance_media.colour import FULL_RANGE
from nhance_media.looks import Look, Picture
from nhance_media.measuring import Meter, cell_of
from nhance_media.poster import poster
from nhance_media.rendition import Nv12
from nhance_proto.v1.frame_batch_pb2 import FrameBatch, VideoConfig
from nhance_proto.v1.measured_pb2 import Measured, Sample


class Observer:
    """Looks at every frame, and notes what it was asked to; the same frames give the same notes.

    ``shown`` describes the pictures that the model sees.
    """

    def __init__(self, batch: FrameBatch, shown: VideoConfig) -> None:
        self.measured = Measured(time_base=batch.time_base)
        self._time_base: Fraction = fraction(batch.time_base)
        self._aspect = fraction(shown.sample_aspect_ratio)
        self._meter = Meter(shown.color_range == FULL_RANGE)
        self._cell: int | None = None

    def add(self, picture: Picture, enhanced: Nv12, look: Look | None) -> None:
        """Take note of the next frame."""
        cell = cell_of(picture.pts, self._time_base)
        if self._cell is not None and cell <= self._cell:
            return
        self._cell = cell
        sample = Sample(
            pts=picture.pts,
            before=self._meter.measure(picture.luma, picture.chroma),
            after=self._meter.measure(*enhanced),
            look=() if look is None else look.tolist(),
        )
        self.measured.samples.append(sample)

    def portray(
        self, enhanced: Nv12, yuv_to_rgb: NDArray[np.float32], matrix: Sequence[int] | None
    ) -> None:
        """Make the poster of a frame."""
        self.measured.poster = poster(*enhanced, yuv_to_rgb, self._aspect, matrix)
