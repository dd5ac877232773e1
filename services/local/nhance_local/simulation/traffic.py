"""When videos come, and how long they are. The same seed gives the same traffic."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from nhance_local.simulation.work import Footage, Model

DAY_S = 86_400.0
NOON_S = DAY_S / 2
SWING = 0.8
"""At noon 1.8 times as many as on average come, at midnight 0.2 times."""

BURST_S = 600.0
BURST_SHARE = 0.1
OUTAGE_S = 3600.0
RETRY_S = 300.0


class Scenario(StrEnum):
    """What a day is like; the figures are of the videos that its event concerns."""

    STEADY = "steady"
    BURST = "burst"
    OUTAGE = "outage"

    @property
    def event_s(self) -> float:
        """How long the event lasts that begins at noon."""
        return {Scenario.STEADY: DAY_S, Scenario.BURST: BURST_S, Scenario.OUTAGE: OUTAGE_S}[self]

    def concerns(self, wanted_s: float) -> bool:
        return self is Scenario.STEADY or 0 <= wanted_s % DAY_S - NOON_S < self.event_s


@dataclass(frozen=True)
class Arrival:
    """A video that somebody ``wanted_s`` to send and that got in at ``at_s``."""

    wanted_s: float
    at_s: float
    length_s: float
    model: Model


def arrivals(
    per_day: float,
    days: int,
    scenario: Scenario,
    footage: Footage,
    seed: int,
    dped_share: float = 0.0,
) -> Iterator[Arrival]:
    """In the order of ``at_s``: a Poisson process that swings with the day, and the event's."""
    chance = random.Random(f"traffic {seed}")
    found = []
    for wanted_s in _times(per_day, days, scenario, chance):
        length_s = min(
            footage.longest_s, chance.lognormvariate(math.log(footage.median_s), footage.spread)
        )
        model = Model.DPED if chance.random() < dped_share else Model.LOOK
        at_s = wanted_s
        if scenario is Scenario.OUTAGE and scenario.concerns(wanted_s):
            # Nobody is there to take it: the client tries again soon after the end.
            noon_s = wanted_s - wanted_s % DAY_S + NOON_S
            at_s = noon_s + OUTAGE_S + chance.uniform(0, RETRY_S)
        found.append(Arrival(wanted_s, at_s, length_s, model))
    return iter(sorted(found, key=lambda one: one.at_s))


def _times(per_day: float, days: int, scenario: Scenario, chance: random.Random) -> Iterator[float]:
    """Lewis and Shedler, "Simulation of nonhomogeneous Poisson processes by thinning" (1979)."""
    burst = per_day * BURST_SHARE if scenario is Scenario.BURST else 0.0
    mean = (per_day - burst) / DAY_S
    at_s = 0.0
    while (at_s := at_s + chance.expovariate(mean * (1 + SWING))) < days * DAY_S:
        now = 1 - SWING * math.cos(2 * math.pi * at_s / DAY_S)
        if chance.uniform(0, 1 + SWING) < now:
            yield at_s
    for day in range(days if burst else 0):
        at_s = day * DAY_S + NOON_S
        end_s = at_s + BURST_S
        while (at_s := at_s + chance.expovariate(burst / BURST_S)) < end_s:
            yield at_s
