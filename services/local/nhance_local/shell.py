"""What the commands share: their settings, and how they tell what went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console

from nhance_local.enhancing import Cancelled
from nhance_local.errors import LocalError
from nhance_local.settings import LocalSettings

console = Console()
complaints = Console(stderr=True)

Data = Annotated[
    Path | None, typer.Option(help="Directory of everything that is kept. Default: .nhance.")
]


@contextmanager
def complaining() -> Iterator[None]:
    """What goes wrong for a person's reasons is said in a sentence, without a traceback."""
    try:
        yield
    except Cancelled as error:
        complaints.print(str(error), highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(130) from None
    except LocalError as error:
        complaints.print(f"nhance: {error}", highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def settings_of(data: Path | None = None, port: int | None = None) -> LocalSettings:
    """The environment's settings, with what the command line says instead."""
    given = {"data": data, "port": port}
    try:
        return LocalSettings().model_copy(
            update={name: value for name, value in given.items() if value is not None}
        )
    except ValidationError as error:
        wrong = error.errors()[0]
        name = "_".join(["NHANCE", *map(str, wrong["loc"])]).upper()
        raise LocalError(f"{name} is not valid: {wrong['msg']}.") from None
