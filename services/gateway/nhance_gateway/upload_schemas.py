"""The bodies of the upload routes, as the OpenAPI document describes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from nhance_gateway.problems import Problem, stored_problem
from nhance_kit.uploads import Upload, UploadState, Way

_ID = "5b1d0a7c94e84f0ba1c36f2de8a70c11"
_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
MOST_BYTES = (1 << 53) - 1  # what every JSON parser reads exactly (RFC 8259 §6)
HEX_SHA256 = r"^[0-9a-f]{64}$"


def _whole(value: object) -> object:
    """4.0 is an integer to JSON Schema, and to those who have one type of number only."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class NewUpload(BaseModel):
    """A file that is to come."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=1000, description="Its file name.", examples=["holiday.mov"])
    bytes: Annotated[int, BeforeValidator(_whole)] = Field(
        ge=1, le=MOST_BYTES, strict=True, description="Its length.", examples=[48_318_201]
    )
    sha256: str | None = Field(
        None,
        pattern=HEX_SHA256,
        description="Its SHA-256, in hex, if it is known already.",
        examples=[_SHA256],
    )


class Completion(BaseModel):
    """What the parts should amount to."""

    model_config = ConfigDict(extra="forbid")

    sha256: str | None = Field(
        None,
        pattern=HEX_SHA256,
        description="The SHA-256 of the whole file, in hex, unless it was given at the start.",
        examples=[_SHA256],
    )


class UploadBody(BaseModel):
    """An upload as it stands."""

    id: str = Field(description="Identifies the upload.", examples=[_ID])
    state: UploadState = Field(
        description="`uploading → verifying → complete`; or `failed`. A job can use it once it is "
        "`complete`.",
        examples=["uploading"],
    )
    way: Way = Field(description="How its bytes come.", examples=["parts"])
    name: str = Field(description="The file's name.", examples=["holiday.mov"])
    bytes: int = Field(description="The file's length.", examples=[48_318_201])
    sha256: str | None = Field(
        description="The file's SHA-256, in hex: as announced, or, once complete, as computed.",
        examples=[_SHA256],
    )
    part_bytes: int = Field(description="Length of every part but the last.", examples=[8_388_608])
    parts_total: int = Field(description="Number of parts.", examples=[6])
    parts_stored: list[int] = Field(
        description="Numbers of the parts that are stored, from 1.", examples=[[1, 2, 4]]
    )
    created_at: datetime = Field(description="When it began.")
    expires_at: datetime = Field(
        description="When it is removed; going on with an unfinished upload puts that off."
    )
    error: Problem | None = Field(description="Why it failed; null unless it did.")

    @classmethod
    def of(cls, upload: Upload, stored: Sequence[int]) -> Self:
        """What the outside sees of ``upload``, of which these parts are stored."""
        return cls(
            id=upload.id,
            state=upload.state,
            way=upload.way,
            name=upload.name,
            bytes=upload.bytes,
            sha256=upload.sha256,
            part_bytes=upload.part_bytes,
            parts_total=upload.parts_total,
            parts_stored=list(stored),
            created_at=upload.created_at,
            expires_at=upload.expires_at,
            error=None if upload.error is None else stored_problem(upload.error),
        )


class PartUrl(BaseModel):
    """Where a part goes."""

    number: int = Field(description="Which part it is, from 1.", examples=[1])
    bytes: int = Field(description="How long it is; no other length is taken.", examples=[8388608])
    url: str = Field(
        description="PUT the bytes here, with no header but their length. Whoever has it may, for "
        "15 minutes: keep it secret.",
        examples=["https://s3.example/nhance/…?X-Amz-Signature=…"],
    )


class PartUrlList(BaseModel):
    """Where some parts go."""

    parts: list[PartUrl]
