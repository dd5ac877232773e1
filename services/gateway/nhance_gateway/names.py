"""File names from strangers: what is kept of them, and how they travel in a header."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

MAX_NAME_BYTES = 200  # leaves room for a suffix within the 255 that file systems take
UNNAMED = "video"

# Joiners, without which emoji and some scripts fall apart; they reorder nothing.
_KEPT_FORMATS = "\u200c\u200d"
_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_UNSAFE_IN_NAMES = str.maketrans(dict.fromkeys('<>:"|?*/\\', "_"))


def clean_name(raw: str) -> str:
    """The last path component of ``raw`` without control, bidirectional or unassigned characters.

    At most MAX_NAME_BYTES in UTF-8, never empty, never hidden (no leading dot).
    """
    name = raw.replace("\\", "/").rpartition("/")[2]
    name = "".join(
        char
        for char in unicodedata.normalize("NFC", name)
        if char in _KEPT_FORMATS or unicodedata.category(char) not in _DROPPED
    )
    name = name.strip().lstrip(".")
    return _shortened(name).strip() or UNNAMED


def download_name(source_name: str, what: str, extension: str) -> str:
    """``holiday.mov`` becomes ``holiday.enhanced.mp4``."""
    name = clean_name(source_name)
    stem, dot, last = name.rpartition(".")
    if not (dot and stem and 0 < len(last) <= 5):
        stem = name
    return f"{stem.translate(_UNSAFE_IN_NAMES)}.{what}.{extension}"


def content_disposition(name: str) -> str:
    """The header for a download: an ASCII fallback and the whole name (RFC 6266 §4.3, App. D)."""
    name = "".join(
        char
        for char in name.translate(_UNSAFE_IN_NAMES)
        if char in _KEPT_FORMATS or unicodedata.category(char) not in _DROPPED
    )
    decomposed = unicodedata.normalize("NFKD", name)
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    # A percent sign would be decoded by some browsers, and by others not.
    plain = "".join(char if " " <= char <= "~" and char not in '"\\%' else "_" for char in plain)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _shortened(name: str) -> str:
    """At most MAX_NAME_BYTES, cut in the stem so that the extension stays."""
    if len(name.encode()) <= MAX_NAME_BYTES:
        return name
    stem, dot, extension = name.rpartition(".")
    tail = dot + extension if stem and len(extension.encode()) <= 10 else ""
    head = name[: len(name) - len(tail)].encode()[: MAX_NAME_BYTES - len(tail.encode())]
    return head.decode(errors="ignore") + tail
