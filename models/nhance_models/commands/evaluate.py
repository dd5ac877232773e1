"""`evaluate`: how well servables do."""

import csv
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from nhance_models.commands.common import HeldBack, PhotoWeights, reported

if TYPE_CHECKING:
    from nhance_models.evaluate import Fidelity, Score


def evaluate(
    models: Annotated[
        list[Path], typer.Argument(help="Versions of servables, such as models/servables/look/1.")
    ],
    data: Annotated[
        list[Path] | None, typer.Option(help="Photographs; the held-out tenth is used.")
    ] = None,
    weights: PhotoWeights = None,
    retouched: Annotated[
        Path | None, typer.Option(help="Folder of pairs NAME_input and NAME_expert, all used.")
    ] = None,
    pairs: Annotated[
        Path | None, typer.Option(help="Folder of pairs; those held back are used.")
    ] = None,
    held_back: HeldBack = None,
    out: Annotated[Path | None, typer.Option(help="Folder for scores.csv.")] = None,
) -> None:
    """Print PSNR, SSIM and CIEDE2000 of servables beside their input's and a plain correction's."""
    with reported():
        from nhance_models import correction
        from nhance_models import data as photographs
        from nhance_models import evaluate as measure
        from nhance_models.loaded import Loaded
        from nhance_models.pairs import all_pairs, read_pairs

        if not (data or retouched or pairs):
            raise ValueError("nothing to measure on: give --data, --retouched or --pairs")
        enhance = {_name(model): Loaded.read(model).frames for model in models}
        methods = {"input": lambda frame: frame, "ffmpeg": correction.correct, **enhance}
        scores: list[Score] = []
        kept: list[Fidelity] = []
        if data:
            patterns = photographs.read_weights(weights) if weights else []
            photos = photographs.read_photos(data, patterns, validation=True)
            scores += measure.through_camera(methods, photos)
            kept = measure.fidelity(enhance, photos)
        if retouched:
            scores += measure.on_pairs(methods, all_pairs(retouched), "retouched pairs")
        if pairs:
            found = read_pairs(pairs, held_back, validation=True)
            scores += measure.on_pairs(methods, found, "pairs")
        _print(scores, kept)
        if out:
            out.mkdir(parents=True, exist_ok=True)
            _write(scores, out / "scores.csv")


def _name(version: Path) -> str:
    return f"{version.resolve().parent.name}/{version.resolve().name}"


def _print(scores: "Sequence[Score]", kept: "Sequence[Fidelity]") -> None:
    console = Console(soft_wrap=True)
    table = Table("", "method", "pictures", "PSNR, dB", "SSIM", "CIEDE2000")
    for s in scores:
        figures = (f"{s.psnr:.2f}", f"{s.ssim:.4f}", f"{s.ciede2000:.2f}")
        table.add_row(s.dataset, s.method, str(s.pictures), *figures)
    console.print(table)
    for f in kept:
        console.print(
            f"{f.method}: {f.pictures} clean, well exposed photos: output {f.mean:.2f} dB from the"
            f" input on average, {f.least:.2f} at least; {f.share_above_30:.0%} above 30",
            highlight=False,
        )


def _write(scores: "Sequence[Score]", path: Path) -> None:
    from nhance_models.evaluate import Score

    with path.open("w", newline="") as file:
        rows = csv.DictWriter(file, [field.name for field in fields(Score)])
        rows.writeheader()
        rows.writerows(asdict(score) for score in scores)
