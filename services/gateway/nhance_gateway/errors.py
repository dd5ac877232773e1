"""The errors that only the HTTP face knows, as leaves of the kit's hierarchy.

Rejected
├── InvalidRequest
│   └── InvalidFields           400  says which fields
├── NotMultipart                415
├── SlowUpload                  408
└── RangeNotSatisfiable         416
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nhance_kit.errors import InvalidRequest, Rejected


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field."""

    field: str
    message: str


class InvalidFields(InvalidRequest):
    """One or more fields are wrong; ``errors`` lists them all."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in errors) + ".")
        self.errors = tuple(errors)


class NotMultipart(Rejected):
    code = "not-multipart"
    title = "The request is not multipart/form-data"
    status = 415


class SlowUpload(Rejected):
    code = "slow-upload"
    title = "The upload is too slow"
    status = 408


class RangeNotSatisfiable(Rejected):
    """The range lies outside of the ``size`` bytes that there are."""

    code = "range-not-satisfiable"
    title = "The range lies outside the file"
    status = 416

    def __init__(self, size: int) -> None:
        super().__init__(f"The file has {size} bytes.")
        self.size = size
