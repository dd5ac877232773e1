"""What the autoscalers decide, against values worked out by hand from the rules they follow."""

from __future__ import annotations

import pytest

from nhance_local.simulation.autoscaling import (
    Activation,
    Autoscaler,
    Behavior,
    Policy,
    PolicyType,
    Rules,
    SelectPolicy,
    wanted_for_total,
    wanted_for_usage,
)

AT_ONCE = Rules(0.0, (Policy(PolicyType.PERCENT, 100, 15.0),))


@pytest.mark.parametrize(
    ("total", "replicas", "expected"),
    [
        (41.0, 1, 9),  # ceil(41 / 5)
        (40.0, 1, 8),
        (52.0, 10, 10),  # 52 / 50 = 1.04, within a tenth
        (55.0, 10, 10),  # 1.1: the edge belongs to it
        (56.0, 10, 12),  # 1.12
        (44.0, 10, 9),  # 0.88
        (0.0, 3, 0),
    ],
)
def test_a_total_is_shared_out(total: float, replicas: int, expected: int) -> None:
    assert expected == wanted_for_total(total, target=5.0, replicas=replicas)


@pytest.mark.parametrize(
    ("used", "ready", "unready", "expected"),
    [
        (1.4, 2, 0, 4),  # 1.4 / (2 × 0.35) = 2; 2 × 2
        (0.75, 2, 0, 2),  # 1.07
        (0.2, 4, 0, 1),  # 0.143; ceil(0.57)
        (1.4, 2, 2, 4),  # with the two to come 1.0: nothing changes
        (2.8, 2, 2, 8),  # with them still 2: 4 × 2
        (0.2, 2, 2, 1),  # 0.286 of the two that are ready
    ],
)
def test_usage_is_shared_out(used: float, ready: int, unready: int, expected: int) -> None:
    assert expected == wanted_for_usage(used, target=0.35, ready=ready, unready=unready)


def test_by_default_pods_double_or_grow_by_four_in_each_sync() -> None:
    scaler = Autoscaler(1, 100)

    assert 5 == scaler.decide(0.0, 1, 60)  # 1 + 4 is more than twice 1
    assert 10 == scaler.decide(15.0, 5, 60)  # twice 5 is more than 5 + 4
    assert 20 == scaler.decide(30.0, 10, 60)
    assert 40 == scaler.decide(45.0, 20, 60)
    assert 60 == scaler.decide(60.0, 40, 60)


def test_by_default_the_most_that_was_wanted_within_five_minutes_stays() -> None:
    scaler = Autoscaler(1, 100)
    scaler.decide(0.0, 10, 10)
    scaler.decide(15.0, 10, 8)

    decided = [scaler.decide(at_s, 10, 2) for at_s in (30.0, 299.0, 301.0)]
    assert [10, 10, 8] == decided
    assert 2 == scaler.decide(316.0, 8, 2)


def test_growing_waits_for_its_stabilization_window() -> None:
    scaler = Autoscaler(1, 100, Behavior(up=Rules(60.0, AT_ONCE.policies)))

    assert [4, 4, 4] == [scaler.decide(at_s, 4, 8) for at_s in (0.0, 30.0, 59.0)]
    assert 8 == scaler.decide(61.0, 4, 8)


def test_a_period_counts_what_was_changed_within_it() -> None:
    rules = Rules(0.0, (Policy(PolicyType.PODS, 2, 60.0),))
    scaler = Autoscaler(0, 100, Behavior(up=rules, down=rules))

    assert 12 == scaler.decide(0.0, 10, 20)
    assert 12 == scaler.decide(30.0, 12, 20)
    assert 14 == scaler.decide(60.0, 12, 20)
    # Pods that were added within the period may be taken away again, beside two more.
    assert 10 == scaler.decide(75.0, 14, 0)


@pytest.mark.parametrize(
    ("select", "up", "down"),
    [
        (SelectPolicy.MAX, 15, 5),  # half of ten
        (SelectPolicy.MIN, 13, 7),  # three pods
        (SelectPolicy.DISABLED, 10, 10),
    ],
)
def test_the_policy_that_is_selected_counts(select: SelectPolicy, up: int, down: int) -> None:
    policies = (Policy(PolicyType.PODS, 3, 60.0), Policy(PolicyType.PERCENT, 50, 60.0))
    behavior = Behavior(Rules(0.0, policies, select), Rules(0.0, policies, select))

    assert up == Autoscaler(0, 100, behavior).decide(0.0, 10, 50)
    assert down == Autoscaler(0, 100, behavior).decide(0.0, 10, 0)


def test_percents_round_up_growing_and_down_shrinking() -> None:
    tenth = Rules(0.0, (Policy(PolicyType.PERCENT, 10, 60.0),))
    behavior = Behavior(tenth, tenth)

    assert 13 == Autoscaler(0, 100, behavior).decide(0.0, 11, 50)  # 12.1
    assert 9 == Autoscaler(0, 100, behavior).decide(0.0, 11, 0)  # 9.9


def test_bounds_hold_against_the_metric() -> None:
    behavior = Behavior(AT_ONCE, AT_ONCE)

    assert 12 == Autoscaler(2, 12, behavior).decide(0.0, 10, 500)
    assert 2 == Autoscaler(2, 12, behavior).decide(0.0, 10, 0)


def test_the_trigger_is_active_above_its_threshold() -> None:
    keda = Activation(least=0, threshold=3.0, cooldown_s=300.0)

    assert 0 == keda.decide(0.0, 0, 3.0)
    assert 1 == keda.decide(15.0, 0, 4.0)


def test_the_cooldown_is_for_the_way_to_none_and_counts_from_the_last_activity() -> None:
    keda = Activation(least=0, threshold=0.0, cooldown_s=300.0)
    assert 7 == keda.decide(0.0, 7, 1.0)

    assert 7 == keda.decide(285.0, 7, 0.0)
    assert 0 == keda.decide(300.0, 7, 0.0)


def test_keda_leaves_what_must_never_be_none_to_the_autoscaler() -> None:
    keda = Activation(least=2, threshold=0.0, cooldown_s=60.0)

    assert 5 == keda.decide(1e6, 5, 0.0)
    assert 2 == keda.decide(1e6 + 30, 0, 1.0)
