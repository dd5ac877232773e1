"""What a simulation came to, in the figures that people ask for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np

from nhance_local.simulation.traffic import Scenario
from nhance_local.simulation.world import World


@dataclass(frozen=True)
class Outcome:
    """One row of the table.

    ``wait_*_s``: seconds that a video was not worked on: until somebody took it in, until ingest
    took it, until the last of its batches was taken, until mux took it, and all that was done in
    vain. ``utilization``: the share of paid GPU time in which the model computed.
    ``cost_per_hour``: dollars for nodes, by hour of video; S3, PostgreSQL and traffic are not in
    it. ``most_*_pods``: the most that there were to be at once, of those that enhance.
    """

    scenario: Scenario
    per_day: float
    videos: int
    undone: int
    wait_p50_s: float
    wait_p95_s: float
    wait_p99_s: float
    utilization: float
    cost_per_hour: float
    most_gpu_pods: int
    most_cpu_pods: int
    preempted: int
    handed_back: int

    @classmethod
    def of(cls, world: World) -> Outcome:
        setting = world.setting
        scenario = setting.scenario
        concerned = [one for one in world.videos if scenario.concerns(one.arrival.wanted_s)]
        done = [one for one in concerned if one.done_s is not None]
        p50, p95, p99 = percentiles([one.waited_s for one in done])
        enhancing = [fleet for name, fleet in world.fleets.items() if name.startswith("enhance")]
        hours = sum(one.arrival.length_s for one in world.videos if one.done_s is not None) / 3600
        paid_s = world.gpu_paid_s
        cost = sum(nodes.cost for nodes in world.pools.values())
        return cls(
            scenario,
            setting.per_day,
            len(concerned),
            len(concerned) - len(done),
            p50,
            p95,
            p99,
            world.model_s / paid_s if paid_s else math.nan,
            cost / hours if hours else math.nan,
            sum(one.peak for one in enhancing if one.nodes.kind.of_h100),
            sum(one.peak for one in enhancing if not one.nodes.kind.of_h100),
            sum(nodes.preemptions for nodes in world.pools.values()),
            sum(one.handed_back for one in world.fleets.values()),
        )

    def row(self) -> dict[str, str]:
        """For a CSV file: the same names, figures rounded to what they are worth."""
        return {name: _rounded(value) for name, value in asdict(self).items()}

    @classmethod
    def names(cls) -> list[str]:
        return [field.name for field in fields(cls)]


def percentiles(values: Sequence[float]) -> tuple[float, float, float]:
    """The 50th, 95th and 99th; not numbers where there are no values."""
    if not values:
        return math.nan, math.nan, math.nan
    p50, p95, p99 = np.percentile(values, (50, 95, 99))
    return float(p50), float(p95), float(p99)


def _rounded(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
