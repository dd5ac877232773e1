"""`train look`, `train dped`, `train wespe`: a run, or the rest of one."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from nhance_models.commands.common import (
    Data,
    Features,
    HeldBack,
    PhotoWeights,
    Run,
    reported,
)

Steps = Annotated[int | None, typer.Option(help="Length of the run.", min=1)]
Minutes = Annotated[float | None, typer.Option(help="Stop after so long, with a checkpoint.")]


def train_look(
    data: Data,
    run: Run,
    size: Annotated[str, typer.Option(help="look or look-live.")] = "look",
    weights: PhotoWeights = None,
    steps: Steps = None,
    seed: Annotated[int | None, typer.Option(help="Seed of weights, photos and camera.")] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="Highest learning rate of the run.", min=0.0)
    ] = None,
    start: Annotated[
        Path | None, typer.Option(help="Version of a servable whose weights a new run begins with.")
    ] = None,
    minutes: Minutes = None,
) -> None:
    """Train `look`, or go on where the run's newest checkpoint stopped."""
    with reported():
        from nhance_models import precision, train
        from nhance_models.sizes import PRESETS

        if size not in PRESETS:
            raise ValueError(f"no size {size!r}: choose one of {', '.join(PRESETS)}")
        chosen: dict[str, Any] = {"steps": steps, "seed": seed, "learning_rate": learning_rate}
        given = {key: value for key, value in chosen.items() if value is not None}
        config = train.TrainConfig()
        config = replace(config, batch=precision.batch(config.batch), **given)
        train.train_look(
            config,
            PRESETS[size],
            data,
            run,
            weights,
            start,
            stop=_after(minutes),
        )


def train_dped(
    pairs: Annotated[
        Path, typer.Option(help="Folder of pairs, in DPED's layout or another (see finetune).")
    ],
    features: Features,
    run: Run,
    held_back: HeldBack = None,
    steps: Steps = None,
    minutes: Minutes = None,
) -> None:
    """Train DPED as published, or go on where the run's newest checkpoint stopped."""
    with reported():
        from nhance_models import dped_training, precision
        from nhance_models.pairs import read_pairs

        config = dped_training.DpedConfig()
        config = replace(config, steps=steps or config.steps, batch=precision.batch(config.batch))
        training, validation = (
            read_pairs(pairs, held_back, validation=side) for side in (False, True)
        )
        dped_training.train_dped(config, training, validation, features, run, stop=_after(minutes))


def train_wespe(
    phone: Annotated[Path, typer.Option(help="Folder of the phone's photos.")],
    camera: Annotated[Path, typer.Option(help="Folder of the better camera's photos, any.")],
    pairs: Annotated[Path, typer.Option(help="Folder of pairs, which only measure.")],
    features: Features,
    run: Run,
    held_back: HeldBack = None,
    steps: Steps = None,
    minutes: Minutes = None,
) -> None:
    """Train WESPE on photos that are no pairs, or go on where the newest checkpoint stopped."""
    with reported():
        from nhance_models import dped_training, precision, wespe_training
        from nhance_models.pairs import photos_of, read_pairs

        config = wespe_training.WespeConfig()
        config = replace(config, steps=steps or config.steps, batch=precision.batch(config.batch))
        validation = dped_training.validation_pairs(read_pairs(pairs, held_back, validation=True))
        wespe_training.train_wespe(
            config,
            photos_of(phone),
            photos_of(camera),
            validation,
            features,
            run,
            stop=_after(minutes),
        )


def _after(minutes: float | None) -> Callable[[int], bool]:
    """Says at every step whether so many minutes are over."""
    deadline = time.monotonic() + 60 * (minutes if minutes is not None else float("inf"))
    return lambda step: time.monotonic() > deadline
