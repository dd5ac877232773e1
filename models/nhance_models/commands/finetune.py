"""`finetune`: a model for another phone."""

import time
from pathlib import Path
from typing import Annotated

import typer

from nhance_models.commands.common import (
    SERVABLES,
    HeldBack,
    Servables,
    console,
    reported,
    wrote,
)

RUNS = Path(".nhance") / "runs"


def finetune(
    model: Annotated[
        Path,
        typer.Option("--from", help="Version of look or DPED, or a published DPED checkpoint."),
    ],
    pairs: Annotated[
        Path,
        typer.Option(
            help="Folder of pairs: source/ and target/ with equal names, NAME_phone and NAME_dslr,"
            " or DPED's own layout."
        ),
    ],
    name: Annotated[str, typer.Option(help="Name of the new servable.")],
    servables: Servables = SERVABLES,
    held_back: HeldBack = None,
    features: Annotated[
        Path | None,
        typer.Option(help="Weights of SqueezeNet or VGG-19: DPED then has its content loss."),
    ] = None,
    run: Annotated[Path | None, typer.Option(help="Folder of the run.")] = None,
    steps: Annotated[int | None, typer.Option(help="Length of the run.", min=1)] = None,
    minutes: Annotated[float, typer.Option(help="Stop after so long, with a checkpoint.")] = 60.0,
    patience: Annotated[
        int, typer.Option(help="Validations without a better one before it stops; 0: never.")
    ] = 6,
    seed: Annotated[int, typer.Option(help="Seed of the windows that are drawn.")] = 7,
) -> None:
    """Adapt a model to another phone, from pairs of photos; given again, it goes on.

    Ends with the state that validated best as the next version of the servable, unless the newest
    is that already; a running stack picks it up.
    """
    with reported():
        from nhance_models import finetune, servable

        servable.check_name(name)
        deadline = time.monotonic() + 60 * minutes
        adapted = finetune.adapt(
            model,
            pairs,
            run or RUNS / name,
            held_back=held_back,
            content=features,
            steps=steps,
            patience=patience,
            seed=seed,
            stop=lambda step: time.monotonic() > deadline,
        )
        version = servable.next_version(servables, name)
        newest = servables / name / str(version - 1)
        if version > 1 and servable.holds(newest, adapted):
            console().print(f"{newest} is that state already", highlight=False)
        else:
            wrote(servable.export(adapted, servables, name, version))
