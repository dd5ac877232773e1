"""What the horizontal pod autoscaler and KEDA decide: functions of figures and of the time.

Sources: Kubernetes, "Horizontal Pod Autoscaling" (the algorithm, stabilization window, scaling
policies, default behavior) and its controller's ``horizontal.go`` for their order; KEDA, "Scaling
Deployments" and "ScaledObject specification" (pollingInterval, cooldownPeriod, the activation and
the scaling phase). Times are seconds of one clock.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

SYNC_S = 15.0
"""How often the autoscaler looks: ``--horizontal-pod-autoscaler-sync-period``."""

TOLERANCE = 0.1
"""How far from 1 the ratio of usage to target may be without effect."""


class PolicyType(StrEnum):
    PODS = "Pods"
    PERCENT = "Percent"


class SelectPolicy(StrEnum):
    MAX = "Max"
    MIN = "Min"
    DISABLED = "Disabled"


@dataclass(frozen=True)
class Policy:
    """No more than ``value`` pods, or percent of the pods, may be changed within ``period_s``."""

    type: PolicyType
    value: int
    period_s: float


@dataclass(frozen=True)
class Rules:
    """One direction of a behavior."""

    stabilization_s: float
    policies: tuple[Policy, ...]
    select: SelectPolicy = SelectPolicy.MAX

    @property
    def memory_s(self) -> float:
        """How far back changes count."""
        return max((policy.period_s for policy in self.policies), default=0.0)


DEFAULT_UP = Rules(0.0, (Policy(PolicyType.PERCENT, 100, 15.0), Policy(PolicyType.PODS, 4, 15.0)))
DEFAULT_DOWN = Rules(300.0, (Policy(PolicyType.PERCENT, 100, 15.0),))


@dataclass(frozen=True)
class Behavior:
    up: Rules = DEFAULT_UP
    down: Rules = DEFAULT_DOWN


def wanted_for_total(total: float, target: float, replicas: int) -> int:
    """Replicas for an external metric with a target of type AverageValue, as KEDA sets them.

    ceil(total / target), or ``replicas`` while the total is within TOLERANCE of what they are for.
    """
    if replicas > 0 and _close_to_one(total / (target * replicas)):
        return replicas
    return math.ceil(total / target)


def wanted_for_usage(used: float, target: float, ready: int, unready: int) -> int:
    """Replicas for a resource metric, ``target`` being what one pod should use.

    Pods that are not ready yet count as using nothing when there is reason to add more, and not at
    all otherwise; where that turns the reason round, nothing changes.
    """
    replicas = ready + unready
    if ready == 0:
        return replicas
    ratio = used / (target * ready)
    if _close_to_one(ratio):
        return replicas
    if ratio < 1.0 or unready == 0:
        return math.ceil(ratio * ready)
    damped = used / (target * replicas)
    if damped <= 1.0 + TOLERANCE:
        return replicas
    return math.ceil(damped * replicas)


def _close_to_one(ratio: float) -> bool:
    return 1.0 - TOLERANCE <= ratio <= 1.0 + TOLERANCE


@dataclass
class Autoscaler:
    """The memory of one HorizontalPodAutoscaler: what it thought, and what it did."""

    least: int
    most: int
    behavior: Behavior = Behavior()
    _thoughts: deque[tuple[float, int]] = field(default_factory=deque)
    _changes: deque[tuple[float, int]] = field(default_factory=deque)

    def decide(self, now_s: float, replicas: int, wanted: int) -> int:
        """How many replicas there are to be, where the metric alone would have ``wanted``."""
        stable = self._stabilized(now_s, replicas, wanted)
        allowed = self._allowed(now_s, replicas, stable)
        if allowed != replicas:
            self._changes.append((now_s, allowed - replicas))
        return allowed

    def _stabilized(self, now_s: float, replicas: int, wanted: int) -> int:
        """The least of recent thoughts bounds growing, the greatest of them shrinking."""
        up, down = self.behavior.up, self.behavior.down
        thoughts = self._thoughts
        if not thoughts:
            thoughts.append((now_s, replicas))
        thoughts.append((now_s, wanted))
        _forget(thoughts, now_s - max(up.stabilization_s, down.stabilization_s))
        lowest = min(_since(thoughts, now_s - up.stabilization_s), default=wanted)
        highest = max(_since(thoughts, now_s - down.stabilization_s), default=wanted)
        return min(max(replicas, min(lowest, wanted)), max(highest, wanted))

    def _allowed(self, now_s: float, replicas: int, wanted: int) -> int:
        """``wanted`` within what the policies and the bounds let through."""
        up, down = self.behavior.up, self.behavior.down
        _forget(self._changes, now_s - max(up.memory_s, down.memory_s))
        if wanted > replicas:
            limit = self._limit(up, now_s, replicas, _raised, max, min)
            return max(self.least, min(wanted, self.most, max(limit, replicas)))
        if wanted < replicas:
            limit = self._limit(down, now_s, replicas, _lowered, min, max)
            return min(self.most, max(wanted, self.least, min(limit, replicas)))
        return min(max(replicas, self.least), self.most)

    def _limit(
        self,
        rules: Rules,
        now_s: float,
        replicas: int,
        moved: Callable[[Policy, int], int],
        farthest: Callable[[list[int]], int],
        nearest: Callable[[list[int]], int],
    ) -> int:
        """How far the policies let the replicas go, from where each one's period began."""
        if rules.select is SelectPolicy.DISABLED or not rules.policies:
            return replicas
        limits = [
            moved(policy, replicas - sum(_since(self._changes, now_s - policy.period_s)))
            for policy in rules.policies
        ]
        return (farthest if rules.select is SelectPolicy.MAX else nearest)(limits)


def _raised(policy: Policy, start: int) -> int:
    if policy.type is PolicyType.PODS:
        return start + policy.value
    return math.ceil(start * (100 + policy.value) / 100)


def _lowered(policy: Policy, start: int) -> int:
    if policy.type is PolicyType.PODS:
        return start - policy.value
    return start * (100 - policy.value) // 100


T = TypeVar("T")


def _since(noted: deque[tuple[float, T]], start_s: float) -> list[T]:
    return [value for at_s, value in noted if at_s > start_s]


def _forget(noted: deque[tuple[float, T]], before_s: float) -> None:
    while noted and noted[0][0] <= before_s:
        noted.popleft()


@dataclass
class Activation:
    """KEDA's own part: from none to some, and, once idle for long enough, back to none.

    In between it leaves the replicas to the autoscaler, which does nothing while there are none.
    """

    least: int
    threshold: float
    cooldown_s: float
    _active_s: float = -math.inf

    def decide(self, now_s: float, replicas: int, total: float) -> int:
        """Asked once every pollingInterval. The trigger is active *above* its threshold."""
        if total > self.threshold:
            self._active_s = now_s
            return replicas or max(1, self.least)
        idle = now_s - self._active_s >= self.cooldown_s
        return 0 if self.least == 0 and idle else replicas
