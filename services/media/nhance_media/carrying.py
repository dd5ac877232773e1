"""Which streams of a source go along beside the enhanced video, how, and which cannot, and why."""

from __future__ import annotations

from dataclasses import dataclass, field

from av.container import InputContainer
from av.stream import AttachmentStream, Disposition, Stream
from av.video.stream import VideoStream

from nhance_kit.jobs import Container, Metadata
from nhance_kit.warned import JobWarning, WarningCode
from nhance_media.containers import INDEXED, fits, name_of
from nhance_media.index import Index

MOVING_PICTURES = Disposition.timed_thumbnails | Disposition.still_image
COVER_TYPES = {"mjpeg": "image/jpeg", "png": "image/png", "bmp": "image/bmp"}
FONTS = (
    "font/",
    "application/x-truetype-font",
    "application/x-font",
    "application/vnd.ms-opentype",
)
NO_PLACE = "it could tell where the video was filmed, which was to be stripped"


@dataclass
class Cargo:
    """The streams that go along, by how they are written.

    ``copied``: packet by packet; ``tracks``: so too, and their description comes from the source's
    index, since FFmpeg cannot write it; ``covers`` and ``attached``: whole, in the header;
    ``timecode`` is that of the first frame, from a track or a tag.
    ``left_out`` has a warning for each that stays behind.
    """

    copied: list[Stream] = field(default_factory=list)
    tracks: list[Stream] = field(default_factory=list)
    covers: list[Stream] = field(default_factory=list)
    attached: list[AttachmentStream] = field(default_factory=list)
    timecode: str | None = None
    left_out: list[JobWarning] = field(default_factory=list)


def load(
    source: InputContainer,
    main: VideoStream,
    kind: Container,
    policy: Metadata,
    index: Index | None,
) -> Cargo:
    """Sort the streams of a source, all but the ``main`` one and those that are its chapters'.

    ``index`` is the source's, where it has one to put descriptions back from.
    """
    cargo = Cargo()
    if policy is not Metadata.STRIP:
        cargo.timecode = main.metadata.get("timecode", source.metadata.get("timecode"))
    chapters = index.chapters() if index else set()
    timecodes = index.timecodes() if index else set()
    if kind not in INDEXED:
        index = None
    for stream in source.streams:
        if stream is main or stream.id in chapters:
            continue
        reason: str | None
        if stream.id in timecodes:
            reason = _place_timecode(stream, cargo, policy)
        else:
            reason = _place(stream, cargo, kind, policy, index)
        if reason is not None:
            sentence = (
                f"Stream {stream.index} ({stream.type}, {name_of(stream)}) is not in the output: "
                f"{reason}."
            )
            warning = JobWarning(WarningCode.STREAM_LEFT_OUT, sentence, stream.index)
            cargo.left_out.append(warning)
    return cargo


def _place(
    stream: Stream, cargo: Cargo, kind: Container, policy: Metadata, index: Index | None
) -> str | None:
    """Put a stream where it belongs; returns the reason if it belongs nowhere."""
    if stream.disposition & Disposition.attached_pic:
        return _place_cover(stream, cargo, kind, policy, index)
    if isinstance(stream, AttachmentStream):
        return _place_attachment(stream, cargo, kind, policy)
    if stream.type == "video" and stream.disposition & MOVING_PICTURES:
        return "it holds pictures of single moments of the video as it was"
    if stream.type in ("audio", "video", "subtitle") and fits(kind, stream):
        cargo.copied.append(stream)
        return None
    if index and _unknown(stream) and stream.id in index.describable():
        if policy is not Metadata.KEEP and stream.type == "data":
            return NO_PLACE
        cargo.tracks.append(stream)
        return None
    return f"{kind.upper()} cannot carry it as it is"


def _unknown(stream: Stream) -> bool:
    """Whether FFmpeg has no codec for the stream, but reads its packets."""
    return stream.codec_context is None and stream.type in ("audio", "data")


def _place_timecode(stream: Stream, cargo: Cargo, policy: Metadata) -> str | None:
    if policy is Metadata.STRIP:
        return "the time of day was to be stripped"
    cargo.timecode = cargo.timecode or stream.metadata.get("timecode")
    return None


def _place_cover(
    stream: Stream, cargo: Cargo, kind: Container, policy: Metadata, index: Index | None
) -> str | None:
    if policy is not Metadata.KEEP:
        return NO_PLACE
    if index is not None:
        return None  # It is one of the file's tags, which are put back.
    if kind not in (Container.MP4, Container.MKV):
        return f"{kind.upper()} has no place for a cover picture"
    cargo.covers.append(stream)
    return None


def _place_attachment(
    stream: AttachmentStream, cargo: Cargo, kind: Container, policy: Metadata
) -> str | None:
    if kind is not Container.MKV:
        return f"{kind.upper()} has no attachments"
    if policy is not Metadata.KEEP and not (stream.mimetype or "").startswith(FONTS):
        return NO_PLACE
    cargo.attached.append(stream)
    return None
