"""Uploads that outlive a request: what they are made of, and when one is whole. No I/O.

uploading ──all parts are there──► verifying ──size and SHA-256 are right──► complete
                                       └──they are not──► failed
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from nhance_kit.errors import Conflict

NAMED_AT_MOST = 20


class UploadState(StrEnum):
    UPLOADING = "uploading"
    VERIFYING = "verifying"
    COMPLETE = "complete"
    FAILED = "failed"


class Way(StrEnum):
    """How the bytes come."""

    PARTS = "parts"
    TUS = "tus"


@dataclass(frozen=True)
class StoredPart:
    """One part of an unfinished upload, as the object store lists it."""

    number: int
    bytes: int
    etag: str


@dataclass(frozen=True)
class Upload:
    """An upload as it stands; times are aware and in UTC.

    ``received`` counts the bytes acknowledged over tus. Of parts that clients put into the store
    themselves, only the store knows. ``sha256`` is what the client claims until the upload is
    complete, and what was computed from then on.
    """

    id: str
    tenant: str
    way: Way
    name: str
    bytes: int
    sha256: str | None
    state: UploadState
    part_bytes: int
    s3_upload_id: str
    received: int
    metadata: str
    error: dict[str, Any] | None
    created_at: datetime
    expires_at: datetime
    expired: bool

    @property
    def parts_total(self) -> int:
        return -(-self.bytes // self.part_bytes)

    def size_of(self, number: int) -> int:
        """Bytes of part ``number``, from 1: all are equally long but the last."""
        return min(self.part_bytes, self.bytes - (number - 1) * self.part_bytes)


def require_whole(upload: Upload, parts: Iterable[StoredPart]) -> None:
    """Raise Conflict, naming the parts, unless every part is there with its size."""
    there: set[int] = set()
    wrong: set[int] = set()
    for part in parts:
        known = 1 <= part.number <= upload.parts_total
        right = known and part.bytes == upload.size_of(part.number)
        (there if right else wrong).add(part.number)
    if wrong:
        raise Conflict(f"Send these parts again, they have the wrong size: {_named(wrong)}.")
    missing = set(range(1, upload.parts_total + 1)) - there
    if missing:
        raise Conflict(
            f"{len(missing)} of {upload.parts_total} parts are missing: {_named(missing)}."
        )


def _named(numbers: set[int]) -> str:
    ordered = sorted(numbers)
    more = " …" if len(ordered) > NAMED_AT_MOST else ""
    return ", ".join(map(str, ordered[:NAMED_AT_MOST])) + more
