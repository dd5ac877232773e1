"""Joining enhanced packets with everything else of the source, without a second encode."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer, OutputContainer
from av.stream import Discard, Stream
from av.video.stream import VideoStream

from nhance_kit.errors import DamagedMedia, Internal
from nhance_kit.warned import JobWarning, WarningCode
from nhance_media.batches import fraction, packet_of
from nhance_media.encoding import ENCODERS, Quality, configure
from nhance_media.timestamps import DecodingClock
from nhance_proto.v1.frame_batch_pb2 import FrameBatch

FORMATS = {"mp4": "mp4", "mov": "mov", "mkv": "matroska"}
CONTENT_TYPES = {"mp4": "video/mp4", "mov": "video/quicktime", "mkv": "video/x-matroska"}
CARRIED = ("audio", "subtitle")
MOV_OPTIONS = {"movflags": "+faststart+use_metadata_tags"}
# Ticks a second of the movie header; edit lists count in them.
FINEST_CLOCK = 10_000_000
# What a muxer writes anew, and would otherwise state twice.
OWN_METADATA = {"major_brand", "minor_version", "compatible_brands", "encoder"}

Timed = tuple[float, int, "av.Packet[Any]"]


def extension_for(container: InputContainer) -> str:
    """The kind of container to give back: the source's own where nhance writes it."""
    if container.format.name.startswith("matroska"):
        return "mkv"
    if container.metadata.get("major_brand", "").strip() == "qt":
        return "mov"
    if all(stream.type != "audio" or _fits("mp4", stream) for stream in container.streams):
        return "mp4"
    return "mov"


class Muxer:
    """Writes one output file; use as a context manager, then ``write`` once.

    ``source`` is the open source, its video the ``main`` stream; a stream that the container
    cannot carry is named in ``left_out``.
    """

    def __init__(self, path: Path, extension: str, source: InputContainer, main: VideoStream):
        self._output: OutputContainer = av.open(
            str(path),
            "w",
            format=FORMATS[extension],
            options={} if extension == "mkv" else _mov_options(source),
        )
        self._source = source
        self._main = main
        self._streams: dict[int, Stream] = {}
        self.left_out: list[JobWarning] = []
        self._carry = [
            stream
            for stream in source.streams
            if stream is not main and self._carries(extension, stream)
        ]

    def __enter__(self) -> Muxer:
        return self

    def __exit__(self, *_: object) -> None:
        self._output.close()

    def write(
        self,
        batches: Iterable[FrameBatch],
        quality: Quality,
        display_matrix: Sequence[int] | None,
    ) -> int:
        """Write it all; the batches come in order. Returns the number of frames."""
        batches = (batch for batch in batches if batch.packets)  # all of a batch may be damaged
        first = next(batches, None)
        if first is None:
            raise DamagedMedia("Not one frame of the video can be decoded.")
        video = self._open_video(first, quality, display_matrix)
        for stream in self._carry:
            self._streams[stream.index] = self._output.add_stream_from_template(stream)
        for key, value in self._source.metadata.items():
            if key not in OWN_METADATA:
                self._output.metadata[key] = value
        self._output.start_encoding()
        if (video.codec_context.extradata or b"") != first.video.extradata:
            raise Internal("The encoder's parameters differ between enhance and mux.")
        frames = 0
        ours = self._video_packets(first, batches, video)
        for _, rank, packet in heapq.merge(ours, self._source_packets(), key=lambda item: item[0]):
            frames += rank == 0
            self._output.mux_one(packet)
        return frames

    def _carries(self, extension: str, stream: Stream) -> bool:
        name = stream.codec_context.name if stream.codec_context else stream.type
        if stream.type in CARRIED and _fits(extension, stream):
            return True
        sentence = (
            f"Stream {stream.index} ({stream.type}, {name}) is not in the output: "
            f"{extension.upper()} cannot carry it as it is."
        )
        self.left_out.append(JobWarning(WarningCode.STREAM_LEFT_OUT, sentence, stream.index))
        return False

    def _open_video(
        self, batch: FrameBatch, quality: Quality, display_matrix: Sequence[int] | None
    ) -> VideoStream:
        """The video stream, its header taken from the same encoder with the same options."""
        config = batch.video
        video = self._output.add_stream(ENCODERS[config.codec], options=quality.options(config))
        assert isinstance(video, VideoStream)
        if config.codec == "hevc" and self._output.format.name != "matroska":
            video.codec_tag = "hvc1"  # the one that Apple's players know
        configure(video, config, config.width, config.height)
        video.time_base = fraction(batch.time_base)
        if display_matrix is not None:
            video.set_display_matrix(display_matrix)
        for key, value in self._main.metadata.items():
            if key not in OWN_METADATA:
                video.metadata[key] = value
        return video

    def _video_packets(
        self, first: FrameBatch, rest: Iterator[FrameBatch], video: VideoStream
    ) -> Iterator[Timed]:
        time_base = fraction(first.time_base)
        clock = DecodingClock(first.video.reorder_depth)
        for batch in chain([first], rest):
            if batch.video.extradata != first.video.extradata:
                raise Internal("Two batches were encoded with different parameters.")
            decoding = clock.stamp([message.pts for message in batch.packets])
            for message, dts in zip(batch.packets, decoding, strict=True):
                packet: av.Packet[Any] = packet_of(message, time_base)
                packet.dts = dts
                packet.stream = video
                yield float(dts * time_base), 0, packet

    def _source_packets(self) -> Iterator[Timed]:
        for stream in self._source.streams:
            if stream.index not in self._streams:
                stream.discard = Discard.all
        if not self._streams:
            return
        last = 0.0
        for packet in self._source.demux(list(self._carry)):
            if packet.dts is None and packet.pts is None:
                continue
            at = packet.dts if packet.dts is not None else packet.pts
            assert at is not None
            last = max(last, float(at * Fraction(packet.time_base)))
            packet.stream = self._streams[packet.stream_index]
            yield last, 1, packet


def _mov_options(source: InputContainer) -> dict[str, str]:
    """The index in front, and a movie clock that holds every stream's start to the tick."""
    clock = math.lcm(
        *(stream.time_base.denominator for stream in source.streams if stream.time_base)
    )
    return {**MOV_OPTIONS, "movie_timescale": str(clock)} if clock <= FINEST_CLOCK else MOV_OPTIONS


def _fits(extension: str, stream: Stream) -> bool:
    """Whether the container can carry the stream's packets as they are."""
    if stream.codec_context is None:
        return False
    with av.open("/dev/null", "w", format=FORMATS[extension]) as trial:
        try:
            trial.add_stream_from_template(stream)
        except ValueError:
            return False
    return True
