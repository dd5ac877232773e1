"""Cursors of lists: where the next page begins, opaque to clients."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime

from nhance_gateway.errors import FieldError, InvalidFields


def encode(created_at: datetime, job_id: str) -> str:
    """A cursor that stands behind this job."""
    return base64.urlsafe_b64encode(f"{created_at.isoformat()} {job_id}".encode()).decode()


def decode(cursor: str) -> tuple[datetime, str]:
    """The created_at and id of the last job seen; raises InvalidFields."""
    try:
        text = base64.b64decode(cursor.encode(), altchars=b"-_", validate=True).decode("ascii")
        at, _, job_id = text.partition(" ")
        created_at = datetime.fromisoformat(at)
    except (binascii.Error, UnicodeError, ValueError) as error:
        raise InvalidFields([FieldError("cursor", "is none that was handed out")]) from error
    if created_at.tzinfo is None or not job_id.isalnum():
        raise InvalidFields([FieldError("cursor", "is none that was handed out")])
    return created_at, job_id
