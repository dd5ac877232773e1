"""`nhance-models`: import, train, align, adapt, export, evaluate.

TensorFlow takes seconds to import, so every command imports what it needs when it runs and `--help`
is quick.
"""

import os
from typing import Any

import typer
from typer.core import TyperGroup

from nhance_models.commands import align, evaluate, export, finetune, train


class ByMethod(TyperGroup):
    """Commands that may also be named by an option: `--method dped` is `dped`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The arguments with the method first."""
        plain = [part for given in args for part in _split(given)]
        if "--method" in plain[:-1]:
            at = plain.index("--method")
            args = [plain[at + 1], *plain[:at], *plain[at + 2 :]]
        return super().parse_args(ctx, args)


def _split(given: str) -> list[str]:
    return given.split("=", 1) if given.startswith("--method=") else [given]


app = typer.Typer(
    help="The networks of nhance: import, train, adapt, export, evaluate.", no_args_is_help=True
)
train_app = typer.Typer(
    cls=ByMethod,
    help="Train a network: `train dped`, or `train --method dped`.",
    no_args_is_help=True,
)
export_app = typer.Typer(help="Turn a training run into a servable.", no_args_is_help=True)
app.add_typer(train_app, name="train")
app.add_typer(export_app, name="export")

app.command("import-dped")(export.import_dped)
app.command("identity")(export.identity)
train_app.command("look")(train.train_look)
train_app.command("dped")(train.train_dped)
train_app.command("wespe")(train.train_wespe)
export_app.command("look")(export.export_look)
export_app.command("dped")(export.export_dped)
app.command("align")(align.align)
app.command("finetune")(finetune.finetune)
app.command("evaluate")(evaluate.evaluate)


@app.callback()
def main() -> None:
    """Keeps TensorFlow's own start-up messages from the terminal."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
