"""Pictures of simulations, as PNG files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nhance_local.simulation.outcome import Outcome
from nhance_local.simulation.traffic import Scenario
from nhance_local.simulation.world import Moment


@contextmanager
def _figure(path: Path, panels: int) -> Iterator[list[Axes]]:
    """``panels`` side by side; written at the end of the block."""
    figure = Figure(figsize=(5 * panels, 4), layout="constrained")
    yield [figure.add_subplot(1, panels, number + 1) for number in range(panels)]
    # Without the version and the date the same figures give the same file.
    figure.savefig(path, dpi=100, metadata={"Software": None})


def plot_outcomes(outcomes: Sequence[Outcome], path: Path) -> None:
    """Waiting, utilization and cost against videos a day, a line for each scenario."""
    with _figure(path, 3) as (waits, use, cost):
        for scenario in Scenario:
            ours = [one for one in outcomes if one.scenario is scenario]
            if not ours:
                continue
            loads = [one.per_day for one in ours]
            (line,) = waits.plot(loads, [one.wait_p95_s for one in ours], "o-", label=scenario)
            waits.fill_between(
                loads,
                [one.wait_p50_s for one in ours],
                [one.wait_p99_s for one in ours],
                color=line.get_color(),
                alpha=0.15,
            )
            use.plot(loads, [100 * one.utilization for one in ours], "o-")
            cost.plot(loads, [one.cost_per_hour for one in ours], "o-")
        waits.set(title="Waiting: p95, within p50 to p99", ylabel="s", yscale="log")
        use.set(title="GPU time in which the model computes", ylabel="%")
        cost.set(title="Nodes for an hour of video", ylabel="$", yscale="log")
        for axes in (waits, use, cost):
            axes.set(xscale="log", xlabel="videos a day")
            axes.grid(alpha=0.3)
        waits.legend()


def plot_moments(moments: Sequence[Moment], path: Path) -> None:
    """Pods and waiting batches over the first day."""
    day = [one for one in moments if one.at_s < 86_400]
    hours = [one.at_s / 3600 for one in day]
    with _figure(path, 2) as (pods, waiting):
        for name in day[0].pods:
            pods.step(hours, [one.pods[name] for one in day], where="post", label=name)
        waiting.step(hours, [one.waiting for one in day], where="post")
        pods.set(title="Pods", xlabel="hour of the day")
        waiting.set(title="Batches that wait", xlabel="hour of the day")
        pods.legend()
        for axes in (pods, waiting):
            axes.grid(alpha=0.3)
