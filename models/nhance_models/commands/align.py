"""`align`: two cameras' photos made into pairs."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from nhance_models.commands.common import console, reported

SIDES = ("source", "target")


def align(
    shots_a: Annotated[Path, typer.Argument(help="Folder of the phone's photos.")],
    shots_b: Annotated[
        Path, typer.Argument(help="Folder of the better camera's, by the same names.")
    ],
    out: Annotated[Path, typer.Argument(help="Folder to make, with source/ and target/ in it.")],
    patch: Annotated[int, typer.Option(help="Side of the patches, in pixels.", min=32)] = 100,
    least: Annotated[
        float, typer.Option(help="Correlation below which a patch is rejected.", max=1.0)
    ] = 0.9,
    long_side: Annotated[
        int, typer.Option(help="Larger photos are reduced to this first, in pixels.")
    ] = 2000,
) -> None:
    """Make registered patch pairs out of two cameras' photos of the same scenes.

    `finetune`, `train dped` and `evaluate` read what it makes.
    """
    with reported():
        from PIL import Image

        from nhance_models import align

        if out.exists():
            raise ValueError(f"{out} exists: name a new folder")
        found = align.scenes(shots_a, shots_b)
        out.parent.mkdir(parents=True, exist_ok=True)
        # Made aside, so that a run that is stopped leaves no half of a folder.
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as aside:
            pairs, total = Path(aside) / "pairs", 0
            for side in SIDES:
                (pairs / side).mkdir(parents=True)
            for name, shot_a, shot_b in found:
                try:
                    count = 0
                    for part in align.patches(shot_a, shot_b, patch, least, long_side):
                        for side in SIDES:
                            file = pairs / side / f"{name}_{part.top:04}_{part.left:04}.png"
                            Image.fromarray(getattr(part, side)).save(file)
                        count += 1
                except ValueError as error:
                    console().print(f"left out: {name}: {error}", highlight=False)
                    continue
                console().print(f"{name}: {count} pairs", highlight=False)
                total += count
            if not total:
                raise ValueError("no two patches agree in any scene")
            pairs.rename(out)
        console().print(f"wrote {total} pairs to {out}", highlight=False)
