from __future__ import annotations

import pytest

from nhance_serving.plan import (
    Every,
    Latest,
    Policy,
    Specific,
    State,
    Step,
    aspired_versions,
    next_step,
)

START, AVAILABLE, END = State.START, State.AVAILABLE, State.END


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Latest(), {9}),
        (Latest(2), {2, 9}),
        (Latest(0), {9}),
        (Every(), {1, 2, 9}),
        (Specific(frozenset({1, 5})), {1}),
    ],
)
def test_policies(policy: Policy, expected: set[int]) -> None:
    assert expected == aspired_versions(policy, [9, 1, 2])


def test_no_versions_no_wishes() -> None:
    assert frozenset() == aspired_versions(Latest(), [])


def test_new_version_loads_before_the_old_one_goes() -> None:
    assert next_step({1: AVAILABLE, 2: START}, {2}) == (Step.LOAD, 2)
    assert next_step({1: AVAILABLE, 2: AVAILABLE}, {2}) == (Step.UNLOAD, 1)
    assert next_step({1: END, 2: AVAILABLE}, {2}) is None


def test_old_version_stays_while_the_new_one_fails() -> None:
    assert next_step({1: AVAILABLE, 2: END}, {2}) is None


def test_only_one_old_version_stays() -> None:
    assert next_step({1: AVAILABLE, 2: AVAILABLE, 3: START}, {3}) == (Step.UNLOAD, 1)


def test_everything_goes_when_nothing_is_wanted() -> None:
    assert next_step({1: AVAILABLE}, frozenset()) == (Step.UNLOAD, 1)


def test_highest_version_loads_first() -> None:
    assert next_step({3: START, 7: START}, {3, 7}) == (Step.LOAD, 7)
