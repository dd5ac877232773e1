"""Everything beside the enhanced video on its way from the source to the output, as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

import av
from av.container import InputContainer, OutputContainer
from av.stream import Discard, Stream
from av.video.stream import VideoStream

from nhance_kit.errors import UnsupportedMedia
from nhance_kit.jobs import Container, Metadata
from nhance_kit.warned import JobWarning, WarningCode
from nhance_media.ascending import Ascending
from nhance_media.carrying import COVER_TYPES, Cargo
from nhance_media.containers import INDEXED, name_of
from nhance_media.index import Index, idle, mark, put_back
from nhance_media.languages import set_languages
from nhance_media.tags import CUE_WITH_POSITION, kept

# What is copied of subtitles and data in all: many hours of any phone's, and a bound for bombs.
MOST_SIDE_BYTES = 512 << 20
MOST_SIDE_PACKETS = 2_000_000
TIMECODE = re.compile(r"\d\d:\d\d:\d\d[:;.]\d\d")

AnyPacket: TypeAlias = "av.Packet[Any]"


class Companions:
    """The streams of a cargo in an output: ``open`` before its header, then ``packets``, once.

    What is lost on the way, or comes at another time, is added to ``left_out``, a warning each.
    """

    def __init__(
        self,
        source: InputContainer,
        output: OutputContainer,
        kind: Container,
        cargo: Cargo,
        policy: Metadata,
        index: Index | None,
    ) -> None:
        self._source = source
        self._output = output
        self._kind = kind
        self._cargo = cargo
        self._policy = policy
        self._index = index if kind in INDEXED else None
        self._streams: dict[int, Stream] = {}
        self._written: set[int] = set()
        self._ended: set[int] = set()
        self._pictures: list[AnyPacket] = []
        self._packets: Iterator[AnyPacket] = iter(())
        self._room = [MOST_SIDE_PACKETS, MOST_SIDE_BYTES]
        self.left_out = list(cargo.left_out)

    def open(self) -> None:
        """Make the streams, describe them, and put the chapters and the file's tags in place."""
        for stream in self._cargo.copied:
            self._streams[stream.index] = self._output.add_stream_from_template(stream, opaque=True)
            self.describe(self._streams[stream.index], stream)
        for stream in self._cargo.tracks:
            self._streams[stream.index] = self._stand_in(stream)
        for attachment in self._cargo.attached:
            self.describe(self._output.add_stream_from_template(attachment), attachment)
        self._packets = self._after_covers(self._demuxed())
        chapters = self._source.chapters()
        for chapter in chapters:
            chapter["metadata"] = kept(chapter["metadata"], self._policy, titles=True)
        self._output.set_chapters(chapters)
        self._output.metadata.update(self._tags())

    def describe(self, stream: Stream, source: Stream) -> None:
        """Give a stream of the output the tags and the disposition of one of the source."""
        stream.metadata.clear()
        stream.metadata.update(kept(source.metadata, self._policy))
        stream.disposition = source.disposition

    def add_timecode(self, video: VideoStream, rate: Fraction) -> None:
        """Have the muxer write the source's timecode; ``rate`` is the video's, in frames a second.

        MP4 and MOV get a track of it, others a tag.
        """
        video.metadata.pop("timecode", None)
        code = self._cargo.timecode
        if code is None:
            return
        if self._kind in INDEXED and not _counts(code, rate):
            sentence = f"The timecode {code} is not in the output: it does not fit the frame rate."
            self.left_out.append(JobWarning(WarningCode.TIMECODE_LEFT_OUT, sentence))
        else:
            video.metadata["timecode"] = code

    def make_room(self, video: VideoStream, main: VideoStream) -> None:
        """Have the video's header leave room for how the source's pictures lie around the viewer.

        ``main`` is the source's stream that was enhanced.
        """
        if self._index is not None and (room := self._index.room_for_panorama(main.id)):
            video.metadata["title"] = video.metadata.get("title", "") + idle(room)

    def put_back(self, path: Path, main: VideoStream) -> None:
        """Once the output is whole: mend what FFmpeg does not write.

        ``main`` is the source's stream that was enhanced.
        """
        tags = self._policy is Metadata.KEEP
        marks = {stream.id: mark(stream.id) for stream in self._cargo.tracks}
        if self._index is not None and (tags or marks or self._index.room_for_panorama(main.id)):
            put_back(path, self._index, main.id, marks, tags)
        if self._kind is Container.MOV:
            # A stream without packets gets no track.
            tracks = [main.index, *(index for index in self._streams if index in self._written)]
            streams = [self._source.streams[index] for index in tracks]
            set_languages(path, [stream.metadata.get("language") for stream in streams])

    def packets(self) -> Iterator[tuple[float, AnyPacket]]:
        """The packets to write and when, in seconds, in the source's order.

        Raises UnsupportedMedia where one is encrypted.
        """
        yield from ((0.0, picture) for picture in self._pictures)
        clocks = {index: self._clock(stream) for index, stream in self._streams.items()}
        last = 0.0
        for packet in self._packets:
            untimed = packet.pts is None and packet.dts is None
            if untimed or not self._passes(packet):
                continue
            at = clocks[packet.stream_index].settle(packet)
            if at is None:
                if packet.stream.type == "video":
                    # Its other pictures of this edit refer to this one.
                    self._ended.add(packet.stream_index)
                    self._shorten(packet.stream, "ends early: only its first edit can be copied")
                continue
            last = max(last, at)
            self._written.add(packet.stream_index)
            packet.stream = self._streams[packet.stream_index]
            yield last, packet
        for index, clock in clocks.items():
            self.left_out += clock.warnings(self._source.streams[index])

    def _clock(self, stream: Stream) -> Ascending:
        """For a stream of the output, whose header is written.

        FFmpeg has the times of sound and pictures ascend strictly, but for Matroska's.
        """
        assert stream.time_base is not None
        strict = self._kind in INDEXED and stream.type in ("audio", "video")
        return Ascending(stream.time_base, int(strict))

    def _stand_in(self, source: Stream) -> Stream:
        """A track that FFmpeg can write for one that is described when the output is whole."""
        assert self._index is not None
        track: Stream
        if source.type == "audio":
            assert source.time_base is not None
            track = self._output.add_mux_stream("mp3", rate=int(1 / source.time_base))
        elif self._kind is Container.MP4:
            track = self._output.add_data_stream("bin_data")
        else:
            track = self._output.add_stream_from_template(source)
        track.time_base = source.time_base
        self.describe(track, source)
        track.metadata["handler_name"] = mark(source.id)
        track.metadata["title"] = idle(self._index.room_for_track(source.id))
        return track

    def _tags(self) -> dict[str, str]:
        """The file's tags; those that will be put back only have their room made."""
        tags = kept(self._source.metadata, self._policy)
        tags.pop("timecode", None)
        if self._index is None or self._policy is not Metadata.KEEP:
            return tags
        times = {key: value for key, value in tags.items() if key == "creation_time"}
        return {**times, "comment": idle(self._index.room_for_tags())}

    def _demuxed(self) -> Iterator[AnyPacket]:
        wanted = [*self._cargo.copied, *self._cargo.tracks, *self._cargo.covers]
        for stream in self._source.streams:
            if stream not in wanted:
                stream.discard = Discard.all
        return self._source.demux(wanted) if wanted else iter(())

    def _after_covers(self, packets: Iterator[AnyPacket]) -> Iterator[AnyPacket]:
        """The packets but for the cover pictures: those come first of all, whatever the format."""
        covers = {stream.index for stream in self._cargo.covers}
        for packet in packets:
            if packet.stream_index not in covers:
                return chain([packet], packets)
            if packet.size:
                self._open_cover(packet)
        return iter(())

    def _open_cover(self, packet: AnyPacket) -> None:
        source = packet.stream
        if self._kind is Container.MKV:
            mime_type = COVER_TYPES.get(name_of(source), "application/octet-stream")
            name = source.metadata.get("filename", f"cover.{mime_type.rpartition('/')[2]}")
            self._output.add_attachment(name, mime_type, bytes(packet))
            return
        picture = self._output.add_stream_from_template(source, opaque=True)
        self.describe(picture, source)
        packet.stream = picture
        packet.pts = packet.dts = 0
        self._pictures.append(packet)

    def _passes(self, packet: AnyPacket) -> bool:
        """Whether a packet goes into the output; of what does not, ``left_out`` will tell."""
        stream = packet.stream
        if packet.has_sidedata("encryption_info"):
            raise UnsupportedMedia(
                f"Stream {stream.index} ({stream.type}) is encrypted. Export the video without "
                "protection first."
            )
        if stream.type in ("audio", "video"):
            return stream.index not in self._ended
        self._room[0] -= 1
        self._room[1] -= packet.size
        if min(self._room) < 0:
            self._shorten(stream, "ends early: it is too long to copy")
            return False
        if (
            self._policy is not Metadata.KEEP
            and stream.type == "subtitle"
            and CUE_WITH_POSITION.search(bytes(packet))
        ):
            self._shorten(stream, "has lost the cues that tell where the video was filmed")
            return False
        return True

    def _shorten(self, stream: Stream, how: str) -> None:
        sentence = f"Stream {stream.index} ({stream.type}, {name_of(stream)}) {how}."
        warning = JobWarning(WarningCode.STREAM_CUT_SHORT, sentence, stream.index)
        if warning not in self.left_out:
            self.left_out.append(warning)


def _counts(timecode: str, rate: Fraction) -> bool:
    """Whether a timecode can be counted at a frame rate (SMPTE ST 12-1: dropping needs 30 n)."""
    drops = ";" in timecode or "." in timecode
    return TIMECODE.fullmatch(timecode) is not None and (not drops or round(rate) % 30 == 0)
