"""The filters of a list of jobs, from a query to what the store understands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query
from pydantic import Field

from nhance_gateway.errors import FieldError, InvalidFields
from nhance_gateway.requested import MAX_LABELS
from nhance_kit.listing import Filter
from nhance_kit.states import JobState

LABEL = r"^[^:\x00]*:[^\x00]*$"


def job_filter(
    state: Annotated[
        list[JobState] | None, Query(max_length=len(JobState), description="Only these states.")
    ] = None,
    label: Annotated[
        list[Annotated[str, Field(json_schema_extra={"pattern": LABEL})]] | None,
        Query(
            max_length=MAX_LABELS,
            description="`name:value`; only jobs that have all of these labels.",
            examples=[["trip:Jena"]],
        ),
    ] = None,
    created_after: Annotated[
        datetime | None, Query(description="Only jobs made later; RFC 3339, UTC if not said.")
    ] = None,
    created_before: Annotated[
        datetime | None, Query(description="Only jobs made earlier; RFC 3339, UTC if not said.")
    ] = None,
) -> Filter:
    """Raises InvalidFields."""
    return Filter(
        states=frozenset(state or ()),
        labels=_labels(label or ()),
        created_after=_aware(created_after),
        created_before=_aware(created_before),
    )


def _labels(given: Sequence[str]) -> dict[str, str]:
    labels: dict[str, str] = {}
    for one in given:
        name, colon, value = one.partition(":")
        if not colon or "\0" in one:
            raise InvalidFields([FieldError("label", "is not of the form name:value")])
        if labels.setdefault(name, value) != value:
            raise InvalidFields([FieldError("label", f"asks for two values of {name}")])
    return labels


def _aware(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at
