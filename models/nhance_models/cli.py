"""`nhance-models`: import, train, export, evaluate.

TensorFlow takes seconds to import, so every command imports what it needs when it runs and `--help`
is quick.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

app = typer.Typer(
    help="The networks of nhance: import, train, export, evaluate.", no_args_is_help=True
)
train_app = typer.Typer(help="Train a network.", no_args_is_help=True)
export_app = typer.Typer(help="Turn a training run into a servable.", no_args_is_help=True)
app.add_typer(train_app, name="train")
app.add_typer(export_app, name="export")

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

SERVABLES = Path("models/servables")


@app.callback()
def main() -> None:
    """Keeps TensorFlow's own start-up messages from the terminal."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


@contextmanager
def _reported() -> Iterator[None]:
    """What a person can put right is said in a sentence, without a traceback."""
    try:
        yield
    except (ValueError, OSError) as error:
        Console(stderr=True, soft_wrap=True).print(f"[red]error:[/] {error}", highlight=False)
        raise typer.Exit(1) from error


def _wrote(path: Path) -> None:
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    Console(soft_wrap=True).print(f"wrote {path} ({size / 1e6:.1f} MB)", highlight=False)


@app.command("import-dped")
def import_dped(
    checkpoint: Annotated[
        Path, typer.Argument(help="Published checkpoint, without its .index suffix.")
    ],
    name: Name,
    servables: Servables = SERVABLES,
    version: Version = 1,
) -> None:
    """Turn a published DPED checkpoint (TensorFlow 1) into a servable."""
    with _reported():
        from nhance_models import dped, servable

        _wrote(
            servable.export(
                servable.dped_servable(dped.load_checkpoint(checkpoint)), servables, name, version
            )
        )


@app.command("identity")
def identity(
    name: Name = "identity", servables: Servables = SERVABLES, version: Version = 1
) -> None:
    """Write a servable that returns its input, for tests and for measuring all but the model."""
    with _reported():
        from nhance_models import servable

        _wrote(servable.export(servable.identity(), servables, name, version))


@train_app.command("look")
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
    with _reported():
        from nhance_models import look, train

        chosen = {"steps": steps, "seed": seed}
        config = train.TrainConfig(
            **{key: value for key, value in chosen.items() if value is not None}
        )
        deadline = time.monotonic() + 60 * (minutes if minutes is not None else float("inf"))
        train.train_look(
            config, look.LookConfig(), data, run, weights, lambda step: time.monotonic() > deadline
        )


@export_app.command("look")
def export_look(
    run: Run, name: Name = "look", servables: Servables = SERVABLES, version: Version = 1
) -> None:
    """Write the averaged weights of a run's newest checkpoint as a servable."""
    with _reported():
        from nhance_models import servable, train

        weights, sizes, step = train.load_average(run)
        Console().print(f"step {step} of {run}", highlight=False)
        _wrote(servable.export(servable.look_servable(weights, sizes), servables, name, version))


@app.command("evaluate")
def evaluate(
    model: Annotated[
        Path, typer.Argument(help="Version of a servable, such as models/servables/look/1.")
    ],
    data: Annotated[
        list[Path] | None, typer.Option(help="Photographs; the held-out tenth is used.")
    ] = None,
    weights: PhotoWeights = None,
    retouched: Annotated[
        Path | None, typer.Option(help="Pairs NAME_input and NAME_expert.")
    ] = None,
) -> None:
    """Print PSNR and SSIM of a servable, beside its input's, and its fidelity on clean photos."""
    with _reported():
        from nhance_models import data as photographs
        from nhance_models import evaluate as measure
        from nhance_models.loaded import Loaded

        if not data and not retouched:
            raise ValueError("nothing to measure on: give --data, --retouched or both")
        enhance = Loaded.read(model).frames
        scores, kept = [], None
        if data:
            patterns = photographs.read_weights(weights) if weights else []
            photos = photographs.read_photos(data, patterns, validation=True)
            scores += measure.through_camera(enhance, photos)
            kept = measure.fidelity(enhance, photos)
        if retouched:
            scores.append(measure.retouched(enhance, retouched))
        table = Table(
            "", "pictures", "PSNR in", "PSNR out", "SSIM in", "SSIM out", title=str(model)
        )
        for s in scores:
            psnr = (f"{s.input_psnr:.2f}", f"{s.output_psnr:.2f}")
            ssim = (f"{s.input_ssim:.4f}", f"{s.output_ssim:.4f}")
            table.add_row(s.name, str(s.pictures), *psnr, *ssim)
        console = Console()
        console.print(table)
        if kept:
            console.print(
                f"{kept.pictures} clean, well exposed photos: output {kept.mean:.2f} dB from the "
                f"input on average, {kept.least:.2f} at least; {kept.share_above_30:.0%} above 30",
                highlight=False,
            )
