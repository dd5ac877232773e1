"""`evaluate`: how well a servable does."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from nhance_models.commands.common import PhotoWeights, reported


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
    with reported():
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
