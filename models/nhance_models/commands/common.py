"""What the commands share: their options, and how mistakes are told."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

Name = Annotated[str, typer.Option(help="Name of the servable.")]
Servables = Annotated[Path, typer.Option(help="Folder that the model server watches.")]
Version = Annotated[
    int, typer.Option(help="Version to write; one that exists is never overwritten.")
]
Run = Annotated[Path, typer.Option(help="Folder of the run: its checkpoints, settings and log.")]
Data = Annotated[
    list[Path], typer.Option(help="Folder of photographs; may be given several times.")
]
PhotoWeights = Annotated[
    Path | None, typer.Option(help="CSV (pattern,weight): how often each photo is drawn.")
]

Features = Annotated[
    Path, typer.Option(help="Weights of SqueezeNet (.npz) or VGG-19 (.h5), for the content loss.")
]
HeldBack = Annotated[
    str | None, typer.Option(help="Names that validate, such as 061-080; else a tenth.")
]

SERVABLES = Path("models/servables")


@contextmanager
def reported() -> Iterator[None]:
    """What a person can put right is said in a sentence, without a traceback."""
    try:
        yield
    except (ValueError, OSError) as error:
        Console(stderr=True, soft_wrap=True).print(f"[red]error:[/] {error}", highlight=False)
        raise typer.Exit(1) from error


def console() -> Console:
    """For tables: as wide as the terminal, or as they want to be in a file."""
    return Console(soft_wrap=True, width=None if sys.stdout.isatty() else 160)


def wrote(path: Path) -> None:
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    Console(soft_wrap=True).print(f"wrote {path} ({size / 1e6:.1f} MB)", highlight=False)
