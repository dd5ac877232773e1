"""The table of transitions, and the diagram that is made of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from nhance_kit.states import (
    TERMINAL,
    TRANSITIONS,
    IllegalTransition,
    JobEvent,
    JobState,
    mermaid,
    next_state,
)

ROOT = Path(__file__).parents[2]


def test_a_job_runs_through_its_states() -> None:
    state = JobState.QUEUED
    seen = [state]
    for event in (
        JobEvent.INGEST_STARTED,
        JobEvent.BATCHES_CUT,
        JobEvent.LAST_BATCH_DONE,
        JobEvent.MUXED,
    ):
        state = next_state(state, event)
        seen.append(state)

    assert seen == ["queued", "ingesting", "enhancing", "muxing", "succeeded"]


@pytest.mark.parametrize("state", JobState)
@pytest.mark.parametrize("event", JobEvent)
def test_what_the_table_does_not_name_is_illegal(state: JobState, event: JobEvent) -> None:
    if (state, event) in TRANSITIONS:
        assert TRANSITIONS[state, event] == next_state(state, event)
    else:
        with pytest.raises(IllegalTransition, match=state.value):
            next_state(state, event)


def test_nothing_leaves_a_terminal_state() -> None:
    assert {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED} == TERMINAL


def test_the_diagram_in_the_documentation_is_the_table() -> None:
    assert mermaid() in (ROOT / "ARCHITECTURE.md").read_text()
