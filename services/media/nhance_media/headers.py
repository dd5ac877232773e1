"""What only the headers of a bitstream say, and PyAV does not: read off FFmpeg's trace of them."""

from __future__ import annotations

import re
import threading
from contextlib import suppress
from dataclasses import dataclass

import av.logging
from av.bitstream import BitStreamFilterContext
from av.packet import Packet
from av.video.stream import VideoStream

TRACED = ("h264", "hevc", "av1", "mpeg2video")
_FIELD = re.compile(r"^\d+\s+(\w+)\s+[01]+ = (-?\d+)")
# AV1's chroma_sample_position (its specification, §6.4.2) as a type of ITU-T H.273, plus one.
_AV1_POSITION = {1: 1, 2: 3}
# The level of FFmpeg's log is the process's own.
_LOG = threading.Lock()


@dataclass(frozen=True)
class Headers:
    """``chroma_location`` is as in VideoConfig."""

    chroma_location: int = 0
    may_interlace: bool = False
    separate_fields: bool = False


def headers_of(stream: VideoStream, packet: Packet[VideoStream]) -> Headers:
    """What a stream's first packets and its extradata say; the packet is used up."""
    codec = stream.codec_context.codec.canonical_name
    if codec not in TRACED:
        return Headers()
    fields = _traced(stream, packet)
    if codec == "av1":
        return Headers(_AV1_POSITION.get(fields.get("chroma_sample_position", 0), 0))
    location = fields.get("chroma_sample_loc_type_top_field")
    return Headers(
        chroma_location=0 if location is None else location + 1,
        may_interlace=0 in (fields.get("frame_mbs_only_flag"), fields.get("progressive_sequence")),
        separate_fields=fields.get("field_seq_flag") == 1,
    )


def _traced(stream: VideoStream, packet: Packet[VideoStream]) -> dict[str, int]:
    """The first value of each field of the headers; fewer where they are damaged."""
    with _LOG:
        level = av.logging.get_level()
        av.logging.set_level(av.logging.INFO)
        try:
            with av.logging.Capture() as lines, suppress(av.error.FFmpegError):
                BitStreamFilterContext("trace_headers", stream).filter(packet)
        finally:
            av.logging.set_level(level)
    fields: dict[str, int] = {}
    for _, name, line in lines:
        found = _FIELD.match(line) if name == "trace_headers" else None
        if found:
            fields.setdefault(found[1], int(found[2]))
    return fields
