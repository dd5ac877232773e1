"""`train look`: a run, or the rest of one."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from nhance_models.commands.common import Data, PhotoWeights, Run, reported


def train_look(
    data: Data,
    run: Run,
    size: Annotated[str, typer.Option(help="look or look-live.")] = "look",
    weights: PhotoWeights = None,
    steps: Annotated[int | None, typer.Option(help="Length of the run.", min=1)] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of weights, photos and camera.")] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="Highest learning rate of the run.", min=0.0)
    ] = None,
    start: Annotated[
        Path | None, typer.Option(help="Version of a servable whose weights a new run begins with.")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(help="Stop after so long, with a checkpoint.")
    ] = None,
) -> None:
    """Train `look`, or go on where the run's newest checkpoint stopped."""
    with reported():
        from nhance_models import train
        from nhance_models.sizes import PRESETS

        if size not in PRESETS:
            raise ValueError(f"no size {size!r}: choose one of {', '.join(PRESETS)}")
        chosen: dict[str, Any] = {"steps": steps, "seed": seed, "learning_rate": learning_rate}
        given = {key: value for key, value in chosen.items() if value is not None}
        config = replace(train.TrainConfig(), **given)
        deadline = time.monotonic() + 60 * (minutes if minutes is not None else float("inf"))
        train.train_look(
            config,
            PRESETS[size],
            data,
            run,
            weights,
            start,
            stop=lambda step: time.monotonic() > deadline,
        )
