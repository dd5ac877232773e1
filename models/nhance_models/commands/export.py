"""`import-dped`, `identity`, `export`: servables out of checkpoints, of nothing, of runs."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from nhance_models.commands.common import SERVABLES, Name, Run, Servables, Version, reported, wrote


def import_dped(
    checkpoint: Annotated[
        Path, typer.Argument(help="Published checkpoint, without its .index suffix.")
    ],
    name: Name,
    servables: Servables = SERVABLES,
    version: Version = 1,
) -> None:
    """Turn a published DPED checkpoint (TensorFlow 1) into a servable."""
    with reported():
        from nhance_models import dped, servable

        wrote(
            servable.export(
                servable.dped_servable(dped.load_checkpoint(checkpoint)), servables, name, version
            )
        )


def identity(
    name: Name = "identity", servables: Servables = SERVABLES, version: Version = 1
) -> None:
    """Write a servable that returns its input, for tests and for measuring all but the model."""
    with reported():
        from nhance_models import servable

        wrote(servable.export(servable.identity(), servables, name, version))


def export_look(
    run: Run, name: Name = "look", servables: Servables = SERVABLES, version: Version = 1
) -> None:
    """Write the averaged weights of a run's newest checkpoint as a servable."""
    with reported():
        from nhance_models import servable, train

        weights, sizes, step = train.load_average(run)
        Console().print(f"step {step} of {run}", highlight=False)
        wrote(servable.export(servable.look_servable(weights, sizes), servables, name, version))


def export_dped(
    run: Run, name: Name, servables: Servables = SERVABLES, version: Version = 1
) -> None:
    """Write the averaged generator of a run of DPED or WESPE, where it validated best."""
    with reported():
        from nhance_models import dped_training, servable

        generator, step = dped_training.load_average(run, "best")
        Console().print(f"step {step} of {run}", highlight=False)
        weights = {key: variable.numpy() for key, variable in generator.items()}
        wrote(servable.export(servable.dped_servable(weights), servables, name, version))
