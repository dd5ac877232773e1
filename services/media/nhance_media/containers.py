"""Which container a video is given back in: its own kind, as far as that holds what is in it."""

from __future__ import annotations

import av
from av.container import InputContainer
from av.stream import Stream

from nhance_kit.errors import UnsupportedMedia
from nhance_kit.jobs import Container
from nhance_media.source import ReadableFile

FORMATS = {
    Container.MP4: "mp4",
    Container.MOV: "mov",
    Container.MKV: "matroska",
    Container.WEBM: "webm",
}
CONTENT_TYPES = {
    Container.MP4: "video/mp4",
    Container.MOV: "video/quicktime",
    Container.MKV: "video/x-matroska",
    Container.WEBM: "video/webm",
}
# QuickTime and its heirs: one format with two brands.
INDEXED = {Container.MP4, Container.MOV}
EBML = b"\x1aE\xdf\xa3"


def is_webm(file: ReadableFile) -> bool:
    """Whether a file not opened yet is Matroska of the kind WebM, by its DocType (RFC 9559)."""
    head = file.read(64)
    file.seek(0)
    return head.startswith(EBML) and b"webm" in head


def choose(
    source: InputContainer, webm: bool, wanted: Container | None, video_codec: str
) -> Container:
    """The container of the output; ``webm`` says which of Matroska's two kinds the source is.

    ``wanted`` is what the person asked for. Raises UnsupportedMedia where it cannot hold the video
    or a stream of sound.
    """
    if wanted is None:
        kinds = _kinds_of(source, webm)
        return next((kind for kind in kinds if _holds(kind, source, video_codec)), Container.MKV)
    if video_codec not in wanted.codecs:
        raise UnsupportedMedia(
            f"{wanted.upper()} cannot hold {video_codec} video. Choose the codec "
            f"{' or '.join(wanted.codecs)}, or another container."
        )
    for stream in _sound(source):
        if not fits(wanted, stream):
            raise UnsupportedMedia(
                f"{wanted.upper()} cannot hold the sound of stream {stream.index} "
                f"({name_of(stream)}) as it is. Choose mkv, or leave the container to nhance."
            )
    return wanted


def fits(kind: Container, stream: Stream) -> bool:
    """Whether the container can carry the stream's packets as they are."""
    if stream.codec_context is None:
        return False
    try:
        with av.open("/dev/null", "w", format=FORMATS[kind]) as trial:
            trial.add_stream_from_template(stream, opaque=True)
            trial.start_encoding()
    except (ValueError, av.error.FFmpegError):
        return False
    return True


def name_of(stream: Stream) -> str:
    """What the stream's codec is called, or what else is known of it."""
    if stream.codec_context is not None:
        return str(stream.codec_context.codec.canonical_name)
    return stream.name or stream.metadata.get("handler_name") or "unknown"


def _kinds_of(source: InputContainer, webm: bool) -> tuple[Container, ...]:
    """The kinds to try, best first."""
    if source.format.name.startswith("matroska"):
        return (Container.WEBM, Container.MKV) if webm else (Container.MKV,)
    if source.metadata.get("major_brand", "").strip() == "qt":
        return (Container.MOV, Container.MP4, Container.MKV)
    return (Container.MP4, Container.MOV, Container.MKV)


def _holds(kind: Container, source: InputContainer, video_codec: str) -> bool:
    if video_codec not in kind.codecs:
        return False
    if kind is not Container.WEBM:
        return all(fits(kind, stream) for stream in _sound(source))
    return all(fits(kind, stream) for stream in source.streams if stream.type != "video")


def _sound(source: InputContainer) -> list[Stream]:
    """The streams of sound that FFmpeg knows."""
    return [s for s in source.streams if s.type == "audio" and s.codec_context is not None]
