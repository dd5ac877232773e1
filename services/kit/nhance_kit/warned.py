"""What a person should know about a result: a code for programs, a sentence for people."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class WarningCode(StrEnum):
    """Never changes its meaning; the report and its readers decide by it."""

    BITS_REDUCED = "bits-reduced"
    FRAMES_CONCEALED = "frames-concealed"
    FRAMES_LOST = "frames-lost"
    FRAMES_SCALED = "frames-scaled"
    INTERLACED = "interlaced"
    METADATA_DROPPED = "metadata-dropped"
    NVENC_UNUSED = "nvenc-unused"
    ODD_SIZE = "odd-size"
    STREAM_CUT_SHORT = "stream-cut-short"
    STREAM_LEFT_OUT = "stream-left-out"
    TIMECODE_LEFT_OUT = "timecode-left-out"
    TIMES_CHANGED = "times-changed"
    TRANSPARENCY_DROPPED = "transparency-dropped"
    UNKNOWN = "unknown"  # from before warnings had codes


@dataclass(frozen=True)
class JobWarning:
    """``code`` is a WarningCode, if not one of a newer version that is being rolled out.

    ``stream`` is the index of the source's stream that it is about, if it is about one; ``count`` a
    number of frames.
    """

    code: str
    sentence: str
    stream: int | None = None
    count: int | None = None
