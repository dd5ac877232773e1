"""Photos of the same scenes by two cameras: pairs that are registered, and folders that are not.

Three layouts of a folder of pairs are read: DPED's (`training_data/PHONE`, `training_data/canon`
and `test_data/patches` beside it), two folders `source` and `target` with the same stems (as
`align` writes them), and one folder of `NAME_phone` and `NAME_dslr`, or `NAME_input` and
`NAME_expert`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from nhance_models.data import SUFFIXES, Pixels, held_out, read_photo

SUFFIX_PAIRS = (("_phone", "_dslr"), ("_input", "_expert"))
_DPED_TARGET = "canon"
_PLACE = re.compile(r"_\d{4}_\d{4}$")  # of a patch in its scene, as `align` names it


@dataclass(frozen=True)
class Pair:
    """Two photos of one scene."""

    name: str
    source: Path
    target: Path

    def read(self) -> tuple[Pixels, Pixels]:
        """Both, sRGB uint8 [H,W,3]; ValueError when they differ in size."""
        source, target = _read(self.source), _read(self.target)
        if source.shape != target.shape:
            raise ValueError(f"{self.source} and {self.target} differ in size: align them first")
        return source, target


# Enough for a hundred photos; DPED's patches, of which there are more, are small.
@lru_cache(maxsize=512)
def _read(path: Path) -> Pixels:
    return read_photo(path)


def read_pairs(folder: Path, held_back: str | None = None, *, validation: bool) -> list[Pair]:
    """The pairs of a folder on one side of the split, in order of name.

    `held_back` is a range of names, such as 061-080, that validates; without one DPED's own test
    patches do, or a tenth of the names; patches that `align` cut from one scene stay together.
    ValueError when nothing is left.
    """
    parts = _dped(folder)
    if parts:
        pairs = parts[validation]
    else:
        chosen = _range(held_back) if held_back else _held_out
        pairs = [p for p in _plain(folder) or _suffixed(folder) if chosen(p.name) == validation]
    if not pairs:
        side = "to validate with" if validation else "to train on"
        raise ValueError(f"{folder} holds no pairs {side}; see `nhance-models finetune --help`")
    return pairs


def all_pairs(folder: Path) -> list[Pair]:
    """The pairs of a folder, in order of name, for measuring; ValueError without one."""
    pairs = _plain(folder) or _suffixed(folder)
    if not pairs:
        raise ValueError(f"{folder} holds no pairs")
    return pairs


def photos_of(folder: Path) -> list[Path]:
    """The photos of a folder, in order of name; ValueError when there are none."""
    photos = _photos(folder)
    if not photos:
        raise ValueError(f"{folder} holds no photos")
    return photos


def _photos(folder: Path, marker: str = "") -> list[Path]:
    if not folder.is_dir():
        raise ValueError(f"{folder} is no folder")
    return sorted(
        p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES and p.stem.endswith(marker)
    )


def _dped(folder: Path) -> tuple[list[Pair], list[Pair]] | None:
    training = folder / "training_data"
    if not training.is_dir():
        return None
    phones = sorted(p for p in training.iterdir() if p.is_dir() and p.name != _DPED_TARGET)
    if len(phones) != 1:
        raise ValueError(f"{training} must hold one phone's folder beside {_DPED_TARGET}")
    patches = folder / "test_data" / "patches"
    return _matched(phones[0], training / _DPED_TARGET), _matched(
        patches / phones[0].name, patches / _DPED_TARGET
    )


def _plain(folder: Path) -> list[Pair]:
    source, target = folder / "source", folder / "target"
    return _matched(source, target) if source.is_dir() and target.is_dir() else []


def _suffixed(folder: Path) -> list[Pair]:
    pairs = []
    for source_end, target_end in SUFFIX_PAIRS:
        targets = {p.stem.removesuffix(target_end): p for p in _photos(folder, target_end)}
        sources = {p.stem.removesuffix(source_end): p for p in _photos(folder, source_end)}
        pairs += [Pair(n, sources[n], targets[n]) for n in sources if n in targets]
    return pairs


def _matched(sources: Path, targets: Path) -> list[Pair]:
    by_stem = {p.stem: p for p in _photos(targets)}
    return [Pair(p.stem, p, by_stem[p.stem]) for p in _photos(sources) if p.stem in by_stem]


def _range(text: str) -> Callable[[str], bool]:
    first, dash, last = text.partition("-")
    if not dash or len(first) != len(last):
        raise ValueError(f"{text!r} is no range of names such as 061-080")
    return lambda name: first <= name[: len(first)] <= last


def _held_out(name: str) -> bool:
    return held_out(_PLACE.sub("", name))


@dataclass(frozen=True)
class Window:
    """A square part of a photo, as shares of its size."""

    left: float
    top: float
    width: float
    height: float
    mirrored: bool

    def cut(self, pixels: Pixels, side: int) -> Pixels:
        """The part at side x side pixels."""
        height, width = pixels.shape[:2]
        x, y, w = self.left * width, self.top * height, self.width * width
        box = (x, y, min(x + w, width), min(y + self.height * height, height))
        filtered = Image.Resampling.BOX if w > 2 * side else Image.Resampling.HAMMING
        part = np.asarray(Image.fromarray(pixels).resize((side, side), filtered, box))
        return part[:, ::-1] if self.mirrored else part


def draw_window(
    size: tuple[int, int], random: np.random.Generator, side: int, least: float = 0.0
) -> Window:
    """A window of at least side x side pixels, and of `least` of the short side, of a photo of
    size (height, width); its side is log-uniform.
    """
    height, width = size
    short = min(height, width)
    smallest = min(max(side, least * short), short)
    # exp(log(100)) is more than 100.
    extent = min(float(np.exp(random.uniform(np.log(smallest), np.log(short)))), short)
    return Window(
        random.uniform(0, 1 - extent / width),
        random.uniform(0, 1 - extent / height),
        extent / width,
        extent / height,
        bool(random.random() < 0.5),
    )


def draw_pairs(
    pairs: Sequence[Pair], random: np.random.Generator, count: int, side: int, least: float = 0.0
) -> tuple[Pixels, Pixels]:
    """`count` windows of pairs drawn by chance: source and target uint8 [N,side,side,3]."""
    cuts = []
    for index in random.integers(0, len(pairs), count):
        source, target = pairs[index].read()
        window = draw_window(source.shape[:2], random, side, least)
        cuts.append((window.cut(source, side), window.cut(target, side)))
    return np.stack([cut[0] for cut in cuts]), np.stack([cut[1] for cut in cuts])


def draw_photos(
    paths: Sequence[Path], random: np.random.Generator, count: int, side: int, least: float = 0.0
) -> Pixels:
    """`count` windows of photos drawn by chance: uint8 [N,side,side,3]."""
    cuts = []
    for index in random.integers(0, len(paths), count):
        photo = _read(paths[index])
        cuts.append(draw_window(photo.shape[:2], random, side, least).cut(photo, side))
    return np.stack(cuts)
