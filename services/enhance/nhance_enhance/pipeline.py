"""One frame batch from packets to packets. Decoding, the model and encoding overlap."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

import numpy as np

from nhance_enhance.model_client import Model, Pending, frames_per_rpc
from nhance_enhance.observing import Observer
from nhance_enhance.prefetch import prefetched
from nhance_enhance.stopwatch import Stopwatch
from nhance_kit.jobs import Comparison, JobOptions
from nhance_kit.warned import JobWarning
from nhance_media.batches import fraction, make_batch
from nhance_media.comparison import Composer
from nhance_media.cutting import gop_starts
from nhance_media.damage import Damage
from nhance_media.decoding import decode
from nhance_media.encoding import Quality, SegmentEncoder, comparison_target, target_of
from nhance_media.fitting import Fitting
from nhance_media.looks import Look, Picture, with_looks
from nhance_media.rendition import Nv12, Rendition, rendition_of
from nhance_media.samples import Plane, Samples, from_nv12, layout_of, samples_of
from nhance_media.timestamps import seconds
from nhance_proto.v1.frame_batch_pb2 import FrameBatch, Packet, VideoConfig
from nhance_proto.v1.measured_pb2 import Measured

IN_FLIGHT = 2
# Decoded pictures held in memory: while their look is awaited, and between the stages.
SPAN_BYTES = 192 << 20
AHEAD_BYTES = 48 << 20
PARTS = ("decode", "model", "encode")


@dataclass(frozen=True)
class Decoded(Picture):
    """A picture as the model sees it, and the frame's own samples."""

    samples: Samples


Enhanced = tuple[Decoded, Nv12, Look | None]
Chunk = tuple[list[Decoded], list[Look] | None]


@dataclass(frozen=True)
class Result:
    """The enhanced batch, the comparison's if there is one, and what was measured.

    ``seconds`` are those that each of PARTS took; all else depends on the batch alone.
    """

    enhanced: FrameBatch
    compared: FrameBatch | None
    measured: Measured
    warnings: list[JobWarning]
    seconds: dict[str, float]


def enhance_batch(
    batch: FrameBatch,
    model: Model,
    options: JobOptions,
    display_matrix: list[int] | None,
    on_frame: Callable[[int], None],
    *,
    portray: bool = False,
    encoder: type[SegmentEncoder] = SegmentEncoder,
) -> Result:
    """Decode, enhance, measure and encode a batch; ``portray`` makes a poster of it.

    ``encoder`` makes the output; the comparison and the poster are the processor's. ``on_frame`` is
    told the number of frames done after each; what it raises ends the work. Raises
    UnsupportedMedia, ModelUnavailable, ModelNotServed, ModelRejected, and what ``encoder`` raises.
    The same batch, model, options and encoder give the same bytes: frames go to the model in the
    same groups, whatever the timing.
    """
    ahead = _frames_in(AHEAD_BYTES, batch.video)
    rendition = rendition_of(batch.video, options.sdr)
    quality = Quality(options.crf, options.preset)
    starts = gop_starts(batch)
    target = target_of(batch.video, options.sdr, options.codec)
    output = _Encoding(batch, starts, partial(encoder, target, quality))
    shown_as = comparison_target(batch.video)
    compared = None
    if options.comparison is not Comparison.NONE:
        composer = Composer(options.comparison, shown_as, display_matrix)
        compared = _Encoding(batch, starts, partial(SegmentEncoder, composer.target, quality))
    damage, fitting = Damage(), Fitting(batch.video, options.strict)
    observer = Observer(batch, shown_as)
    watch = Stopwatch(*PARTS)
    time_base = fraction(batch.time_base)
    decoded = watch.making("decode", _pictures(batch, rendition, fitting, damage))
    with (
        prefetched(decoded, ahead) as pictures,
        prefetched(
            _enhanced(pictures, batch, rendition, model, options.strength, watch), ahead
        ) as found,
    ):
        for count, (picture, enhanced, look) in enumerate(found, start=1):
            with watch.timed("encode"):
                shown = picture.luma, picture.chroma
                output.add(rendition.transfer(picture.samples, shown, enhanced), picture)
                if compared is not None:
                    both = composer.compose(shown, enhanced, picture.pts * time_base)
                    compared.add(from_nv12(*both), picture)
                observer.add(picture, enhanced, look)
                if portray and count == 1:
                    observer.portray(enhanced, rendition.yuv_to_rgb, display_matrix)
            on_frame(count)
    with watch.timed("encode"):
        finished = output.finish(), None if compared is None else compared.finish()
    where = f"From {_start_s(batch):.1f} s on: "
    return Result(
        *finished,
        observer.measured,
        [*damage.warnings(where), *fitting.warnings(where)],
        watch.seconds,
    )


def _start_s(batch: FrameBatch) -> float:
    return seconds(max(batch.start_pts, batch.packets[0].pts), fraction(batch.time_base))


def _pictures(
    batch: FrameBatch, rendition: Rendition, fitting: Fitting, damage: Damage
) -> Iterator[Decoded]:
    for frame in map(fitting.fit, decode(batch, damage)):
        assert frame.pts is not None
        samples = samples_of(frame)
        yield Decoded(frame.pts, frame.duration or 0, *rendition.show(samples), samples)


def _enhanced(
    pictures: Iterator[Decoded],
    batch: FrameBatch,
    rendition: Rendition,
    model: Model,
    strength: float,
    watch: Stopwatch,
) -> Iterator[Enhanced]:
    """The pictures of the window, their enhanced planes and looks, in order; two calls in flight.

    What is waited for the model is counted to ``watch``.
    """
    waiting: deque[tuple[Chunk, Pending[tuple[Plane, Plane]]]] = deque()
    try:
        for group, looks in _chunks(pictures, batch, rendition, model, watch):
            call = model.start_enhance(
                np.stack([picture.luma for picture in group]),
                np.stack([picture.chroma for picture in group]),
                rendition.yuv_to_rgb,
                strength,
                None if looks is None else np.stack(looks),
            )
            waiting.append(((group, looks), call))
            if len(waiting) >= IN_FLIGHT:
                yield from _answers(*waiting.popleft(), watch)
        while waiting:
            yield from _answers(*waiting.popleft(), watch)
    finally:
        for _, call in waiting:
            call.cancel()


def _answers(
    chunk: Chunk, call: Pending[tuple[Plane, Plane]], watch: Stopwatch
) -> Iterator[Enhanced]:
    with watch.timed("model"):
        luma, chroma = call.result()
    group, found = chunk
    looks: Sequence[Look | None] = found or [None] * len(group)
    yield from zip(group, zip(luma, chroma, strict=True), looks, strict=True)


def _chunks(
    pictures: Iterator[Decoded],
    batch: FrameBatch,
    rendition: Rendition,
    model: Model,
    watch: Stopwatch,
) -> Iterator[Chunk]:
    """Groups of as many pictures as go into one call, with their looks if the model has one."""
    size = frames_a_call(batch.frames, batch.video.height, batch.video.width)
    if not model.info.has_look:
        shown = (picture for picture in pictures if picture.pts < batch.end_pts)
        while group := list(islice(shown, size)):
            yield group, None
        return

    def look_of(picture: Picture) -> Look:
        planes = picture.luma[None], picture.chroma[None]
        with watch.timed("model"):
            look: Look = model.look(*planes, rendition.yuv_to_rgb)[0]
        return look

    most_frames = _frames_in(SPAN_BYTES, batch.video)
    time_base = fraction(batch.time_base)
    pairs = with_looks(pictures, batch.end_pts, time_base, most_frames, look_of)
    while chunk := list(islice(pairs, size)):
        yield [picture for picture, _ in chunk], [look for _, look in chunk]


def frames_a_call(frames: int, height: int, width: int) -> int:
    """How many of a batch's ``frames`` to send in one call.

    As many as fit, but in calls of one size that end in pairs: on a processor each has a core, and
    none should wait for the last.
    """
    full_calls = frames / frames_per_rpc(height, width)
    calls = IN_FLIGHT * max(1, math.ceil(full_calls / IN_FLIGHT))
    return max(1, math.ceil(frames / calls))


def _frames_in(size: int, video: VideoConfig) -> int:
    """How many pictures, NV12 and samples, fit into ``size`` bytes; at least four."""
    bits, (across, down) = layout_of(video.pix_fmt)
    own = (1 + 2 / (1 << (across + down))) * (1 if bits == 8 else 2)
    return max(4, int(size / max(1.0, video.width * video.height * (1.5 + own))))


class _Encoding:
    """An encoded batch in the making; each GOP, of which ``starts`` are the pts, has an encoder of
    its own.
    """

    def __init__(
        self, batch: FrameBatch, starts: Sequence[int], new_encoder: Callable[[], SegmentEncoder]
    ) -> None:
        self._batch = batch
        self._new_encoder = new_encoder
        self._encoder = self._new_encoder()
        self._starts = deque(starts[1:])
        self._packets: list[Packet] = []

    def add(self, samples: Samples, picture: Picture) -> None:
        while self._starts and picture.pts >= self._starts[0]:
            self._starts.popleft()
            self._packets += self._encoder.finish()
            self._encoder = self._new_encoder()
        self._packets += self._encoder.encode(samples, picture.pts, picture.duration)

    def finish(self) -> FrameBatch:
        self._packets += self._encoder.finish()
        batch = self._batch
        return make_batch(
            self._encoder.config(),
            fraction(batch.time_base),
            (batch.start_pts, batch.end_pts),
            len(self._packets),
            self._packets,
        )
