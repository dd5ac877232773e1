"""What a file and its streams say of themselves, and what of it is kept.

FFmpeg hands all of it over as text: the movie's ``udta`` and ``meta`` boxes, Matroska's tags, AVI's
INFO list. Times of creation are among it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from nhance_kit.jobs import Metadata

# What a muxer writes anew, and what mkvmerge counted before the video was encoded again.
OWN = {"major_brand", "minor_version", "compatible_brands", "encoder", "duration"}
COUNTED = re.compile(r"(bps|number_of_(bytes|frames)|_statistics_.*)(-\w+)?", re.IGNORECASE)
# Needed for the stream to be of use.
NEEDED = {"language", "filename", "mimetype"}
PLACE = re.compile(
    r"loca?tion|loci|gps|geo|6709|xyz|coord|latitude|longitude|altitude|place|xmp", re.IGNORECASE
)
# ISO 6709, annex H, as phones write it; and a pair of decimal degrees.
POSITION = re.compile(
    r"^\s*[+-]\d{2,6}(\.\d+)?[+-]\d{3,7}(\.\d+)?([+-]\d+(\.\d+)?)?(CRS\w+)?/?\s*$"
    r"|[+-]?\d{1,3}\.\d{3,}[°NS]?\s*[,;/ +-]\s*[+-]?\d{1,3}\.\d{3,}"
)
CUE_WITH_POSITION = re.compile(
    rb"gps|latitude|longitude|[+-]?\d{1,3}\.\d{3,}\s*[,;/ +-]\s*[+-]?\d{1,3}\.\d{3,}",
    re.IGNORECASE,
)
LOCAL_TIME = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)")


def kept(tags: Mapping[str, str], policy: Metadata, titles: bool = False) -> dict[str, str]:
    """The tags of a file, a stream or a chapter that the output gets.

    ``titles`` are kept in spite of ``strip`` where they are what the thing is for: chapters.
    """
    needed = NEEDED | {"title"} if titles else NEEDED
    return {
        _key(key): _value(key, value)
        for key, value in tags.items()
        if key.lower() not in OWN
        and not COUNTED.fullmatch(key)
        and not _repeated(key, value, tags)
        and _allowed(key, value, policy, needed)
    }


def names_a_place(key: str, value: str) -> bool:
    """Whether a tag says, or may say, where something was filmed."""
    return bool(PLACE.search(key) or POSITION.search(value))


def _allowed(key: str, value: str, policy: Metadata, needed: set[str]) -> bool:
    if policy is Metadata.KEEP:
        return True
    if policy is Metadata.STRIP:
        return key.lower() in needed and not names_a_place(key, value)
    return not names_a_place(key, value)


def _repeated(key: str, value: str, tags: Mapping[str, str]) -> bool:
    """FFmpeg gives a tag that has a language twice, once without it."""
    base, dash, _ = key.rpartition("-")
    return bool(dash) and tags.get(base) == value


def _key(key: str) -> str:
    # FFmpeg reads a track's title as its name, and writes it as its title.
    return "title" if key == "name" else key


def _value(key: str, value: str) -> str:
    """AVI's time of creation has no zone; without one it would be read as the server's."""
    if key == "creation_time" and (match := LOCAL_TIME.fullmatch(value)):
        return f"{match[1]}T{match[2]}Z"
    return value
