"""``nhance simulate``: how a deployment would do, from its rendered manifests."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import MARKDOWN
from rich.console import Console
from rich.progress import track
from rich.table import Table

from nhance_local.errors import LocalError
from nhance_local.shell import complaining, complaints
from nhance_local.simulation.hardware import Card
from nhance_local.simulation.traffic import Scenario

if TYPE_CHECKING:
    from nhance_local.simulation.outcome import Outcome

LOADS = [10.0, 100.0, 1_000.0, 10_000.0, 100_000.0]
HEADINGS = (
    "scenario",
    "a day",
    "videos",
    "undone",
    "wait p50",
    "p95",
    "p99",
    "GPU used",
    "$ / hour",
    "GPU pods",
    "CPU pods",
    "preempted",
    "handed back",
)
WIDTH = 150


def simulate(
    manifests: Annotated[
        typer.FileText, typer.Option(help="Rendered manifests, YAML; - is standard input.")
    ],
    videos: Annotated[
        list[float] | None,
        typer.Option(min=1, help="Videos a day; repeat it for more. Default: 10 to 100,000."),
    ] = None,
    scenario: Annotated[
        list[Scenario] | None, typer.Option(help="Repeat it for more. Default: all.")
    ] = None,
    card: Annotated[Card, typer.Option(help="Of the GPU nodes.")] = Card.L4,
    dped_share: Annotated[
        float, typer.Option(min=0, max=1, help="Of the videos, in DPED; the others are in look.")
    ] = 0.1,
    seed: Annotated[int, typer.Option(help="The same seed gives the same figures.")] = 1,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="Write the figures there as well.")
    ] = None,
    plots: Annotated[
        Path | None, typer.Option(help="Directory for pictures (PNG). Default: none.")
    ] = None,
) -> None:
    """Say how long videos would wait in a cluster, and what they would cost.

    kubectl kustomize OVERLAY | nhance simulate --manifests -
    """
    with complaining():
        try:
            from nhance_local.simulation.manifests import read_manifests
            from nhance_local.simulation.outcome import Outcome
            from nhance_local.simulation.plots import plot_moments, plot_outcomes
            from nhance_local.simulation.world import Setting, World
        except ModuleNotFoundError as error:
            raise LocalError(
                f"The package {error.name} is missing: install nhance-local[simulate]."
            ) from error
        deployed = read_manifests(manifests.read())
        wanted = [
            Setting.lasting(per_day, one, dped_share=dped_share, card=card, seed=seed)
            for one in scenario or Scenario
            for per_day in videos or LOADS
        ]
        if plots is not None:
            plots.mkdir(parents=True, exist_ok=True)
        outcomes = []
        for setting in track(wanted, "simulating", console=complaints, transient=True):
            world = World(deployed, setting)
            world.run()
            outcomes.append(Outcome.of(world))
            if plots is not None:
                name = f"{setting.scenario}-{setting.per_day:.0f}.png"
                plot_moments(world.moments, plots / name)
        if plots is not None:
            plot_outcomes(outcomes, plots / "outcomes.png")
        if csv_file is not None:
            with csv_file.open("w", newline="") as file:
                writer = csv.DictWriter(file, Outcome.names())
                writer.writeheader()
                writer.writerows(one.row() for one in outcomes)
        # As wide in a file as on a terminal: the table goes into documents.
        Console(width=WIDTH).print(_table(outcomes))


def _table(outcomes: Sequence[Outcome]) -> Table:
    table = Table(box=MARKDOWN)
    for heading in HEADINGS:
        table.add_column(heading, justify="right", no_wrap=True)
    for one in outcomes:
        table.add_row(
            one.scenario,
            f"{one.per_day:,.0f}",
            f"{one.videos:,}",
            f"{one.undone:,}",
            _shown(one.wait_p50_s, ",.0f", " s"),
            _shown(one.wait_p95_s, ",.0f", " s"),
            _shown(one.wait_p99_s, ",.0f", " s"),
            _shown(one.utilization, ".1%"),
            _shown(one.cost_per_hour, ",.2f"),
            f"{one.most_gpu_pods}",
            f"{one.most_cpu_pods}",
            f"{one.preempted}",
            f"{one.handed_back}",
        )
    return table


def _shown(figure: float, form: str, unit: str = "") -> str:
    return "–" if math.isnan(figure) else f"{figure:{form}}{unit}"
