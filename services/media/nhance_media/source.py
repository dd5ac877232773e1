"""Opening what a stranger uploaded: allow-lists, no protocols, limits. The only demuxer call.

Measured on 31 uploads that point outside of themselves: with a file object, a list of formats and
``protocol_whitelist=none`` none of them reached a file or a host. ``max_pixels`` works only on the
codec context, and decoder names must be checked by the application.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import av
from av.container import InputContainer
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from nhance_kit.errors import DamagedMedia, NoVideo, UnsupportedContainer, UnsupportedMedia

CONTAINERS = ("mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "avi", "mpegts", "mpeg")
TAKEN = "nhance takes MP4, MOV, MKV, WebM, AVI and MPEG files."
DECODERS = {
    "h264": "h264",
    "hevc": "hevc",
    "av1": "libdav1d",
    "vp8": "vp8",
    "vp9": "vp9",
    "mpeg4": "mpeg4",
    "mpeg2video": "mpeg2video",
    "mpeg1video": "mpeg1video",
    "mjpeg": "mjpeg",
    "prores": "prores",
}
MAX_STREAMS = 16
# ISO/IEC 14496-12 §8.12: sample entries whose content only a key opens.
ENCRYPTED = {"encv", "enca", "enct", "encs", "drms", "drmi"}
MAX_PIXELS = 8192 * 4352
STILL_BRANDS = {"heic", "heix", "mif1", "msf1", "avif"}
SIGNATURES = (
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"\x89PNG\r\n", "a picture (PNG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"BM", "a picture (BMP)"),
    (b"II*\0", "a picture (TIFF or raw)"),
    (b"MM\0*", "a picture (TIFF or raw)"),
    (b"ID3", "a sound file (MP3)"),
    (b"\xff\xfb", "a sound file (MP3)"),
    (b"fLaC", "a sound file (FLAC)"),
    (b"OggS", "an Ogg file"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
)


class ReadableFile(Protocol):
    """A seekable file object; its bytes may come from anywhere."""

    def read(self, size: int = -1, /) -> bytes: ...

    def seek(self, offset: int, whence: int = 0, /) -> int: ...

    def tell(self) -> int: ...


@contextmanager
def open_source(file: ReadableFile) -> Iterator[InputContainer]:
    """Open an upload for reading, as safely as is known; ``file`` is a seekable file object.

    Raises UnsupportedContainer, DamagedMedia, NoVideo or UnsupportedMedia with a sentence that
    says what to do. Errors of ``file`` itself pass through.
    """
    head = file.read(64)
    file.seek(0)
    if not head:
        raise NoVideo("The file is empty. Upload the video file itself.")
    try:
        container = av.open(
            file,
            "r",
            container_options={
                "format_whitelist": ",".join(CONTAINERS),
                "protocol_whitelist": "none",
                "fflags": "+genpts",
            },
            metadata_errors="replace",
            buffer_size=1 << 18,
        )
    except av.error.FFmpegError as error:
        raise _why_not(head) from error
    with container:
        _refuse_what_is_no_video(container, head)
        yield container


def _why_not(head: bytes) -> UnsupportedContainer | DamagedMedia:
    for signature, what in SIGNATURES:
        if head.startswith(signature):
            return UnsupportedContainer(f"The file is {what}, not a video. {TAKEN}")
    if head[:4] == b"RIFF" and head[8:12] in (b"WAVE", b"WEBP"):
        what = "a sound file (WAV)" if head[8:12] == b"WAVE" else "a picture (WebP)"
        return UnsupportedContainer(f"The file is {what}, not a video. {TAKEN}")
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free") or head[:4] in (
        b"\x1aE\xdf\xa3",
        b"RIFF",
    ):
        return DamagedMedia(
            "The file begins like a video, but its index cannot be read: the recording or the "
            "upload was probably cut off. Upload it again, or repair it first."
        )
    return UnsupportedContainer(f"The file is not a video that nhance can open. {TAKEN}")


def _refuse_what_is_no_video(container: InputContainer, head: bytes) -> None:
    brand = container.metadata.get("major_brand", "").strip()
    if brand in STILL_BRANDS or head[8:12].decode("latin-1") in STILL_BRANDS:
        raise NoVideo(f"The file is a picture ({brand or 'HEIF'}), not a video. {TAKEN}")
    if len(container.streams) > MAX_STREAMS:
        raise UnsupportedMedia(
            f"The file has {len(container.streams)} streams; nhance takes at most {MAX_STREAMS}."
        )
    for stream in container.streams:
        if stream.codec_context is not None and stream.codec_tag in ENCRYPTED:
            raise UnsupportedMedia(
                f"Stream {stream.index} ({stream.type}) is encrypted. Export the video without "
                "protection first."
            )


def main_video(container: InputContainer) -> VideoStream:
    """The stream to enhance: the first one that moves. Raises NoVideo or UnsupportedMedia."""
    pictures = 0
    for stream in container.streams.video:
        if stream.disposition & (
            av.stream.Disposition.attached_pic
            | av.stream.Disposition.still_image
            | av.stream.Disposition.timed_thumbnails
        ):
            pictures += 1
            continue
        check_codec(stream)
        return stream
    if pictures:
        raise NoVideo("The file holds a cover picture, but no video.")
    if container.streams.audio:
        raise NoVideo("The file holds sound only, no video.")
    raise NoVideo("The file holds no video stream.")


def check_codec(stream: VideoStream) -> None:
    """Raise UnsupportedMedia unless the stream's decoder is on the list."""
    context = stream.codec_context
    if context is None or stream.codec_tag in ("encv", "enca"):
        raise UnsupportedMedia(
            "The video's codec is not known, or it is encrypted. Export it as MP4 first."
        )
    if context.codec.canonical_name not in DECODERS:
        taken = ", ".join(sorted(DECODERS))
        raise UnsupportedMedia(
            f"The video's codec is {context.codec.canonical_name}; nhance takes {taken}."
        )
    if context.width * context.height > MAX_PIXELS:
        raise UnsupportedMedia(
            f"The frames are {context.width}×{context.height}; nhance takes up to 8192×4352."
        )


def limit(context: VideoCodecContext) -> None:
    """Put the limits that hold while decoding on a decoder that is not open yet."""
    context.options = {**context.options, "max_pixels": str(MAX_PIXELS)}
