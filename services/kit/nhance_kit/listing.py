"""Which jobs a list is about, as SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from nhance_kit.states import JobState


@dataclass(frozen=True)
class Filter:
    """Jobs in any of ``states``, with all of ``labels``, made after and before; all by default."""

    states: frozenset[JobState] = frozenset()
    labels: Mapping[str, str] = field(default_factory=dict)
    created_after: datetime | None = None
    created_before: datetime | None = None


EVERY_JOB = Filter()


def condition(
    tenant: str, wanted: Filter, before: tuple[datetime, str] | None
) -> tuple[str, dict[str, Any]]:
    """What stands behind WHERE, and its parameters.

    ``before`` is the created_at and id of the last job seen, in a list with the newest first.
    """
    terms = ["tenant = %(tenant)s"]
    values: dict[str, Any] = {"tenant": tenant}
    if wanted.states:
        terms.append("state = ANY(%(states)s)")
        values["states"] = sorted(wanted.states)
    if wanted.labels:
        terms.append("labels @> %(labels)s")
        values["labels"] = Jsonb(dict(wanted.labels))
    if wanted.created_after is not None:
        terms.append("created_at > %(created_after)s")
        values["created_after"] = wanted.created_after
    if wanted.created_before is not None:
        terms.append("created_at < %(created_before)s")
        values["created_before"] = wanted.created_before
    if before is not None:
        terms.append("(created_at, id) < (%(seen_at)s, %(seen_id)s)")
        values["seen_at"], values["seen_id"] = before
    return " AND ".join(terms), values
