"""One frame batch from packets to packets. Decoding, the model and encoding overlap."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from nhance_enhance.model_client import Model, Pending, frames_per_rpc
from nhance_enhance.prefetch import prefetched
from nhance_kit.jobs import Comparison, JobOptions
from nhance_media.batches import fraction, make_batch
from nhance_media.colour import yuv_to_rgb
from nhance_media.comparison import compose
from nhance_media.decoding import decode
from nhance_media.encoding import EncoderOptions, SegmentEncoder
from nhance_media.looks import Look, Picture, with_looks
from nhance_media.planes import Plane, even, frame_of, planes_of
from nhance_proto.v1.frame_batch_pb2 import FrameBatch, Packet, VideoConfig

IN_FLIGHT = 2
# Decoded pictures held in memory: while their look is awaited, and between the stages.
SPAN_BYTES = 192 << 20
AHEAD_BYTES = 48 << 20

Enhanced = tuple[Picture, Plane, Plane]
Chunk = tuple[list[Picture], list[Look] | None]


@dataclass(frozen=True)
class Result:
    """The enhanced batch, and the comparison's if there is one."""

    enhanced: FrameBatch
    compared: FrameBatch | None


def enhance_batch(
    batch: FrameBatch,
    model: Model,
    options: JobOptions,
    display_matrix: list[int] | None,
    on_frame: Callable[[int], None],
) -> Result:
    """Decode, enhance and encode a batch.

    ``on_frame`` is told the number of frames done after each; what it raises ends the work. Raises
    DamagedMedia, ModelUnavailable, ModelRejected. The same batch, model and options give the same
    bytes: frames go to the model in the same groups, whatever the timing.
    """
    ahead = _frames_in(AHEAD_BYTES, batch.video)
    output = _Encoding(batch, options)
    compared = None if options.comparison is Comparison.NONE else _Encoding(batch, options)
    with (
        prefetched(_pictures(batch), ahead) as pictures,
        prefetched(_enhanced(pictures, batch, model, options.strength), ahead) as enhanced,
    ):
        for count, (picture, luma, chroma) in enumerate(enhanced, start=1):
            output.add(luma, chroma, picture)
            if compared is not None:
                both = compose(
                    options.comparison,
                    (picture.luma, picture.chroma),
                    (luma, chroma),
                    display_matrix,
                )
                compared.add(*both, picture)
            on_frame(count)
    return Result(output.finish(), None if compared is None else compared.finish())


def _pictures(batch: FrameBatch) -> Iterator[Picture]:
    for frame in decode(batch):
        assert frame.pts is not None
        yield Picture(frame.pts, frame.duration or 0, *planes_of(frame))


def _enhanced(
    pictures: Iterator[Picture], batch: FrameBatch, model: Model, strength: float
) -> Iterator[Enhanced]:
    """The pictures of the window with their enhanced planes, in order; two calls in flight."""
    matrix = yuv_to_rgb(batch.video)
    waiting: deque[tuple[list[Picture], Pending[tuple[Plane, Plane]]]] = deque()
    try:
        for group, looks in _chunks(pictures, batch, model):
            call = model.start_enhance(
                np.stack([picture.luma for picture in group]),
                np.stack([picture.chroma for picture in group]),
                matrix,
                strength,
                None if looks is None else np.stack(looks),
            )
            waiting.append((group, call))
            if len(waiting) >= IN_FLIGHT:
                yield from _answers(*waiting.popleft())
        while waiting:
            yield from _answers(*waiting.popleft())
    finally:
        for _, call in waiting:
            call.cancel()


def _answers(group: list[Picture], call: Pending[tuple[Plane, Plane]]) -> Iterator[Enhanced]:
    yield from zip(group, *call.result(), strict=True)


def _chunks(pictures: Iterator[Picture], batch: FrameBatch, model: Model) -> Iterator[Chunk]:
    """Groups of as many pictures as go into one call, with their looks if the model has one."""
    size = frames_per_rpc(batch.video.height, batch.video.width)
    if not model.info.has_look:
        shown = (picture for picture in pictures if picture.pts < batch.end_pts)
        while group := list(islice(shown, size)):
            yield group, None
        return
    matrix = yuv_to_rgb(batch.video)

    def look_of(picture: Picture) -> Look:
        look: Look = model.look(picture.luma[None], picture.chroma[None], matrix)[0]
        return look

    most_frames = _frames_in(SPAN_BYTES, batch.video)
    time_base = fraction(batch.time_base)
    pairs = with_looks(pictures, batch.end_pts, time_base, most_frames, look_of)
    while chunk := list(islice(pairs, size)):
        yield [picture for picture, _ in chunk], [look for _, look in chunk]


def _frames_in(size: int, video: VideoConfig) -> int:
    """How many NV12 pictures fit into ``size`` bytes; at least four."""
    return max(4, size // max(1, video.width * video.height * 3 // 2))


class _Encoding:
    """An encoded batch in the making; the encoder opens with the first picture's size."""

    def __init__(self, batch: FrameBatch, options: JobOptions) -> None:
        self._batch = batch
        self._options = EncoderOptions(options.crf, options.preset)
        self._encoder: SegmentEncoder | None = None
        self._packets: list[Packet] = []

    def add(self, luma: Plane, chroma: Plane, picture: Picture) -> None:
        if self._encoder is None:
            height, width = even(luma.shape[0]), even(luma.shape[1])
            self._encoder = SegmentEncoder(self._batch.video, width, height, self._options)
        frame = frame_of(luma, chroma)
        self._packets += self._encoder.encode(frame, picture.pts, picture.duration)

    def finish(self) -> FrameBatch:
        assert self._encoder is not None, "decode raises if a batch has no frame"
        self._packets += self._encoder.finish()
        batch = self._batch
        return make_batch(
            self._encoder.config(batch.video),
            fraction(batch.time_base),
            (batch.start_pts, batch.end_pts),
            len(self._packets),
            self._packets,
        )
