"""The life of a job, as one table. Nothing else decides which change of state is legal."""

from __future__ import annotations

from enum import StrEnum


class JobState(StrEnum):
    QUEUED = "queued"
    INGESTING = "ingesting"
    ENHANCING = "enhancing"
    MUXING = "muxing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobEvent(StrEnum):
    INGEST_STARTED = "ingest_started"
    BATCHES_CUT = "batches_cut"
    LAST_BATCH_DONE = "last_batch_done"
    MUXED = "muxed"
    FAILED = "failed"
    CANCEL_REQUESTED = "cancel_requested"


TRANSITIONS: dict[tuple[JobState, JobEvent], JobState] = {
    (JobState.QUEUED, JobEvent.INGEST_STARTED): JobState.INGESTING,
    (JobState.INGESTING, JobEvent.INGEST_STARTED): JobState.INGESTING,
    (JobState.INGESTING, JobEvent.BATCHES_CUT): JobState.ENHANCING,
    (JobState.ENHANCING, JobEvent.LAST_BATCH_DONE): JobState.MUXING,
    (JobState.MUXING, JobEvent.MUXED): JobState.SUCCEEDED,
    **{
        (state, event): end
        for state in (JobState.QUEUED, JobState.INGESTING, JobState.ENHANCING, JobState.MUXING)
        for event, end in (
            (JobEvent.FAILED, JobState.FAILED),
            (JobEvent.CANCEL_REQUESTED, JobState.CANCELLED),
        )
    },
}

TERMINAL = frozenset(JobState) - {state for state, _ in TRANSITIONS}


class IllegalTransition(Exception):
    """This event cannot happen in this state."""

    def __init__(self, state: JobState, event: JobEvent) -> None:
        super().__init__(f"a job that is {state} cannot take the event {event}")
        self.state = state
        self.event = event


def next_state(state: JobState, event: JobEvent) -> JobState:
    """The state after ``event``; raises IllegalTransition where the table has none."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise IllegalTransition(state, event) from None


def mermaid() -> str:
    """The table as a Mermaid state diagram, for ARCHITECTURE.md."""
    lines = ["stateDiagram-v2", "    [*] --> queued"]
    lines += [f"    {state} --> {end}: {event}" for (state, event), end in TRANSITIONS.items()]
    lines += [f"    {state} --> [*]" for state in JobState if state in TERMINAL]
    return "\n".join(lines)
