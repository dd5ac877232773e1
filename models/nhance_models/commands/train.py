"""`train look`: a run, or the rest of one."""

import time
from typing import Annotated

import typer

from nhance_models.commands.common import Data, PhotoWeights, Run, reported


def train_look(
    data: Data,
    run: Run,
    weights: PhotoWeights = None,
    steps: Annotated[int | None, typer.Option(help="Length of the run.", min=1)] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of weights, photos and camera.")] = None,
    minutes: Annotated[
        float | None, typer.Option(help="Stop after so long, with a checkpoint.")
    ] = None,
) -> None:
    """Train `look`, or go on where the run's newest checkpoint stopped."""
    with reported():
        from nhance_models import look, train

        chosen = {"steps": steps, "seed": seed}
        config = train.TrainConfig(
            **{key: value for key, value in chosen.items() if value is not None}
        )
        deadline = time.monotonic() + 60 * (minutes if minutes is not None else float("inf"))
        train.train_look(
            config, look.LookConfig(), data, run, weights, lambda step: time.monotonic() > deadline
        )
