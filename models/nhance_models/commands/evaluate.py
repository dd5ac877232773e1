"""`evaluate`: how well servables do."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from nhance_models.commands.common import HeldBack, PhotoWeights, console, reported

if TYPE_CHECKING:
    from nhance_models.evaluate import Fidelity, Score
    from nhance_models.loaded import Loaded
    from nhance_models.steadiness import Steadiness

LONG_SIDE = 480  # of the frames that steadiness is measured on, so that DPED can be


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
    videos: Annotated[
        Path | None, typer.Option(help="Folder of videos, to measure steadiness in time on.")
    ] = None,
    frames: Annotated[int, typer.Option(min=2, help="First frames of each video that count.")] = 96,
    out: Annotated[
        Path | None, typer.Option(help="Folder for tables (CSV), a plot and contact sheets.")
    ] = None,
) -> None:
    """Print PSNR, SSIM and CIEDE2000 of servables beside their input's and a plain correction's,
    and on videos flicker, seams and frames per second.
    """
    with reported():
        from nhance_models.loaded import Loaded

        if not (data or retouched or pairs or videos):
            raise ValueError("nothing to measure on: give --data, --retouched, --pairs or --videos")
        names = [_name(model) for model in models]
        loaded = {
            name if names.count(name) == 1 else str(model): Loaded.read(model)
            for name, model in zip(names, models, strict=True)
        }
        if data or retouched or pairs:
            _on_pictures(loaded, data or [], weights, retouched, pairs, held_back, out)
        if videos:
            _on_videos(loaded, videos, frames, out)


def _on_pictures(
    loaded: "Mapping[str, Loaded]",
    data: Sequence[Path],
    weights: Path | None,
    retouched: Path | None,
    pairs: Path | None,
    held_back: str | None,
    out: Path | None,
) -> None:
    from nhance_models import correction, sheets
    from nhance_models import data as photographs
    from nhance_models import evaluate as measure
    from nhance_models.pairs import all_pairs, read_pairs

    enhance = {name: model.frames for name, model in loaded.items()}
    methods: measure.Methods = {"input": lambda frame: frame, "ffmpeg": correction.correct}
    methods = {**methods, **enhance}
    scores: list[Score] = []
    kept: list[Fidelity] = []
    shown: dict[str, Sequence[measure.Pictures]] = {}
    if data:
        patterns = photographs.read_weights(weights) if weights else []
        photos = photographs.read_photos(data, patterns, validation=True)
        filmed = measure.filmed(photos)
        scores += measure.through_camera(methods, filmed)
        kept = measure.fidelity(enhance, photos)
        shown["camera"] = sheets.evenly(filmed)
    for name, found in {
        "retouched": all_pairs(retouched) if retouched else [],
        "pairs": read_pairs(pairs, held_back, validation=True) if pairs else [],
    }.items():
        if found:
            scores += measure.on_pairs(methods, found, name)
            shown[name] = [measure.pictures_of(pair) for pair in sheets.evenly(found)]
    _print_scores(scores, kept)
    if out:
        _write(scores, out / "scores.csv")
        for name, pictures in shown.items():
            sheets.write(measure.side_by_side(methods, pictures), out / f"{name}.jpg")


def _on_videos(loaded: "Mapping[str, Loaded]", videos: Path, frames: int, out: Path | None) -> None:
    from nhance_models import clips, sheets, steadiness

    found = []
    for path in clips.videos_in(videos):
        try:
            found.append(clips.read_clip(path, frames, LONG_SIDE))
        except ValueError as error:
            console().print(f"left out: {error}", highlight=False)
    if not found:
        raise ValueError(f"none of the videos in {videos} can be measured")
    stills = [clips.still(clip, seed) for seed, clip in enumerate(found)]
    rows: list[Steadiness] = []
    changes = {}
    for dataset, chosen in (("videos", found), ("still, fresh noise", stills)):
        measured, changes[dataset] = steadiness.measure(loaded, chosen, dataset)
        rows += measured
    _print_steadiness(rows)
    if out:
        _write(rows, out / "steadiness.csv")
        steadiness.draw(changes, out / "steadiness.png")
        chosen = sheets.evenly(found)
        sheets.write([steadiness.side_by_side(loaded, clip) for clip in chosen], out / "videos.jpg")


def _name(version: Path) -> str:
    return f"{version.resolve().parent.name}/{version.resolve().name}"


def _print_scores(scores: "Sequence[Score]", kept: "Sequence[Fidelity]") -> None:
    terminal = console()
    table = Table("", "method", "pictures", "PSNR, dB", "SSIM", "CIEDE2000")
    for s in scores:
        figures = (f"{s.psnr:.2f}", f"{s.ssim:.4f}", f"{s.ciede2000:.2f}")
        table.add_row(s.dataset, s.method, str(s.pictures), *figures)
    terminal.print(table)
    for f in kept:
        terminal.print(
            f"{f.method}: {f.pictures} clean, well exposed photos: output {f.mean:.2f} dB from the"
            f" input on average, {f.least:.2f} at least; {f.share_above_30:.0%} above 30",
            highlight=False,
        )


def _print_steadiness(rows: "Sequence[Steadiness]") -> None:
    means = ("luma", "chroma", "at equal contrast", "what stands still")
    columns = (*means, "inside a batch", "at its seams", "frames/s")
    table = Table("", "method", "pairs", *columns, title="change from frame to frame, codes")
    for r in rows:
        table.add_row(
            r.dataset,
            r.method,
            str(r.pairs),
            f"{r.luma:.3f}",
            f"{r.chroma:.3f}",
            f"{r.even_luma:.3f}, {r.even_chroma:.3f}",
            f"{r.still:.3f}",
            f"{r.inside_median:+.3f} ({r.inside_95:+.3f})",
            f"{r.seam_median:+.3f} ({r.seam_95:+.3f})",
            "" if isnan(r.frames_per_second) else f"{r.frames_per_second:.1f}",
        )
    terminal = console()
    terminal.print(table)
    terminal.print(
        "Inside and at seams: what is above the input's change at equal contrast, the median (and"
        f" the 95th percentile). Frames reduced to {LONG_SIDE} pixels at most.",
        highlight=False,
    )


def _write(rows: "Sequence[Score] | Sequence[Steadiness]", path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, [field.name for field in fields(rows[0])])
        table.writeheader()
        table.writerows(asdict(row) for row in rows)
