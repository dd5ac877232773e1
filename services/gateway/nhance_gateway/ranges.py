"""Byte ranges and validators of downloads (RFC 9110 §13 and §14), as pure functions."""

from __future__ import annotations

import re

from nhance_gateway.errors import RangeNotSatisfiable

_RANGE = re.compile(r"bytes[ \t]*=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.ASCII | re.IGNORECASE)


def requested_range(header: str | None, size: int) -> tuple[int, int] | None:
    """``[start, end)`` of a Range header within ``size`` bytes; None means the whole file.

    Other units, several ranges and malformed headers are ignored, as §14.2 allows. Raises
    RangeNotSatisfiable.
    """
    match = _RANGE.fullmatch(header) if header else None
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= end:
        raise RangeNotSatisfiable(size)
    return start, end


def is_fresh(if_none_match: str | None, etag: str) -> bool:
    """Whether the client has this very file already (If-None-Match, weak comparison)."""
    if if_none_match is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in tags or etag in tags


def range_applies(if_range: str | None, etag: str) -> bool:
    """Whether a Range header counts: If-Range is absent or names this file (strong comparison)."""
    return if_range is None or if_range.strip() == etag
