"""Joining enhanced packets with everything else of the source, without a second encode."""

from __future__ import annotations

import heapq
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer, OutputContainer
from av.video.stream import VideoStream

from nhance_kit.errors import DamagedMedia, Internal
from nhance_kit.jobs import Container, Metadata
from nhance_kit.warned import JobWarning
from nhance_media.batches import fraction, packet_of
from nhance_media.carrying import Cargo, load
from nhance_media.companions import Companions
from nhance_media.containers import FORMATS, INDEXED
from nhance_media.encoding import configure, rate_of
from nhance_media.index import Index
from nhance_media.source import main_video
from nhance_media.timestamps import DecodingClock
from nhance_proto.v1.frame_batch_pb2 import FrameBatch

# Ticks a second of the movie header; edit lists count in them.
FINEST_CLOCK = 10_000_000

Timed = tuple[float, int, "av.Packet[Any]"]


class Muxer:
    """Writes one output file; use as a context manager, then ``write`` once.

    ``index`` is the source's, read before it was opened.

    ``left_out`` has a warning for everything of the source that is not in the output, or is there
    at another time.
    """

    def __init__(
        self,
        path: Path,
        kind: Container,
        source: InputContainer,
        index: Index | None,
        policy: Metadata,
    ):
        self._path = path
        self._main = main_video(source)
        cargo = load(source, self._main, kind, policy, index)
        self._output: OutputContainer = av.open(
            str(path),
            "w",
            format=FORMATS[kind],
            options=_mov_options(source, cargo) if kind in INDEXED else {},
        )
        self._kind = kind
        self._companions = Companions(source, self._output, kind, cargo, policy, index)

    @property
    def left_out(self) -> list[JobWarning]:
        return self._companions.left_out

    def __enter__(self) -> Muxer:
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        self._output.close()
        if error is None:
            self._companions.put_back(self._path, self._main)

    def write(self, batches: Iterable[FrameBatch], display_matrix: Sequence[int] | None) -> int:
        """Write it all; the batches come in order. Returns the number of frames."""
        batches = (batch for batch in batches if batch.packets)  # all of a batch may be damaged
        first = next(batches, None)
        if first is None:
            raise DamagedMedia("Not one frame of the video can be decoded.")
        video = self._open_video(first, display_matrix)
        self._companions.open()
        self._output.start_encoding()
        frames = 0
        ours = self._video_packets(first, batches, video)
        others: Iterator[Timed] = ((at, 1, packet) for at, packet in self._companions.packets())
        for _, rank, packet in heapq.merge(ours, others, key=lambda item: item[0]):
            frames += rank == 0
            self._output.mux_one(packet)
        return frames

    def _open_video(self, batch: FrameBatch, display_matrix: Sequence[int] | None) -> VideoStream:
        """The video stream; its header is written from what the batch says of its packets."""
        config = batch.video
        # PyAV opens the encoder of a stream that is added by name, not of one made after another.
        with av.open(os.devnull, "w", format="null") as blank:
            template = blank.add_stream(config.codec)
            video = self._output.add_stream_from_template(template, opaque=True)
        assert isinstance(video, VideoStream)
        if config.codec == "hevc" and self._kind in INDEXED:
            video.codec_tag = "hvc1"  # the one that Apple's players know
        configure(video.codec_context, config, config.width, config.height)
        video.codec_context.extradata = config.extradata
        video.time_base = fraction(batch.time_base)
        if display_matrix is not None:
            video.set_display_matrix(display_matrix)
        self._companions.describe(video, self._main)
        self._companions.make_room(video, self._main)
        self._companions.add_timecode(video, rate_of(config))
        return video

    def _video_packets(
        self, first: FrameBatch, rest: Iterator[FrameBatch], video: VideoStream
    ) -> Iterator[Timed]:
        time_base = fraction(first.time_base)
        clock = DecodingClock(first.video.reordered)
        for batch in chain([first], rest):
            if batch.video.extradata != first.video.extradata:
                raise Internal("Two batches were encoded with different parameters.")
            decoding = clock.stamp([message.pts for message in batch.packets])
            for message, dts in zip(batch.packets, decoding, strict=True):
                packet: av.Packet[Any] = packet_of(message, time_base)
                packet.dts = dts
                packet.stream = video
                yield float(dts * time_base), 0, packet


def _mov_options(source: InputContainer, cargo: Cargo) -> dict[str, str]:
    """The index in front, and a movie clock that holds every stream's start to the tick."""
    # A cover picture goes into iTunes' list of tags, which excludes QuickTime's.
    flags = "+faststart" if cargo.covers else "+faststart+use_metadata_tags"
    streams = [stream for stream in source.streams if stream.time_base]
    clock = math.lcm(*(stream.time_base.denominator for stream in streams if stream.time_base))
    if clock > FINEST_CLOCK:
        starts = [(s.start_time or 0) * s.time_base for s in streams if s.time_base]
        clock = math.lcm(1000, *(start.denominator for start in starts))
    timing = {"movie_timescale": str(clock)} if clock <= FINEST_CLOCK else {}
    return {"movflags": flags, **timing}
