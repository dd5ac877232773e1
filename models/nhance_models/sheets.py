"""Contact sheets: the same pictures by several methods, side by side, for people to judge."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image, ImageDraw

from nhance_models.colour import Array

MOST_ROWS = 12
_WIDTH, _GAP, _HEAD = 400, 6, 18

T = TypeVar("T")
Row = Mapping[str, Array]  # by column title: RGB 0..1 [1,H,W,3], all of one size


def evenly(pictures: Sequence[T]) -> list[T]:
    """At most MOST_ROWS of them, from all over."""
    count = min(len(pictures), MOST_ROWS)
    return [pictures[i] for i in np.linspace(0, len(pictures) - 1, count).round().astype(int)]


def write(rows: Sequence[Row], path: Path) -> None:
    """A JPEG with a line of pictures a row, 400 pixels wide each, under the columns' titles."""
    titles = list(rows[0])
    lines = [[_cell(row[title]) for title in titles] for row in rows]
    height = _HEAD + sum(line[0].height + _GAP for line in lines)
    sheet = Image.new("RGB", (len(titles) * (_WIDTH + _GAP) - _GAP, height), "white")
    draw = ImageDraw.Draw(sheet)
    for column, title in enumerate(titles):
        draw.text((column * (_WIDTH + _GAP) + 4, 3), title, "black")
    top = _HEAD
    for line in lines:
        for column, cell in enumerate(line):
            sheet.paste(cell, (column * (_WIDTH + _GAP), top))
        top += line[0].height + _GAP
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path, quality=90)


def _cell(rgb: Array) -> Image.Image:
    pixels = np.round(np.clip(rgb[0], 0.0, 1.0) * 255).astype(np.uint8)
    height = max(1, round(pixels.shape[0] * _WIDTH / pixels.shape[1]))
    return Image.fromarray(pixels).resize((_WIDTH, height), Image.Resampling.LANCZOS)
