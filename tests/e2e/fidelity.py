"""What of a video must come back as it was, and how two files compare, by any reader's facts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import InputContainer

from nhance_media.samples import fitted, planar, samples_of
from nhance_media.source import main_video

KEPT = "kept"
# The least fidelity of a picture that a model has not changed, dB.
LEAST_DB = {8: 48.0, 10: 45.0}
# Which changes, by their code in the report, explain which column.
REASONS: Mapping[str, frozenset[str]] = {
    "frames": frozenset({"frames-lost"}),
    "pts": frozenset({"times-changed", "frames-lost"}),
    "size": frozenset({"odd-size", "frames-scaled"}),
    "picture": frozenset({"bits-reduced", "interlaced", "frames-scaled", "frames-concealed"}),
    "audio": frozenset({"stream-left-out", "stream-cut-short"}),
    "other streams": frozenset({"stream-left-out", "timecode-left-out"}),
    "chapters": frozenset({"metadata-dropped"}),
    "metadata": frozenset({"metadata-dropped"}),
    "orientation": frozenset({"metadata-dropped"}),
}
# What a muxer says of itself, and names that another container gives to the same thing.
OWN_TAGS = {
    "major_brand",
    "minor_version",
    "compatible_brands",
    "encoder",
    "duration",
    "software",
    "location-eng",
}


@dataclass(frozen=True)
class Track:
    """A stream that is copied: what its packets hold, and when the first of them is shown."""

    kind: str
    codec: str
    digest: str
    start_s: float | None
    tick_s: float

    def is_in(self, others: Sequence[Track]) -> bool:
        """Whether one of ``others`` holds the same at the same time, to the coarser tick."""
        return any(
            self.digest == other.digest and self.kind == other.kind and self._as_early(other)
            for other in others
        )

    def _as_early(self, other: Track) -> bool:
        if self.start_s is None or other.start_s is None:
            return self.start_s is other.start_s
        return abs(self.start_s - other.start_s) <= max(self.tick_s, other.tick_s)


@dataclass(frozen=True)
class Facts:
    """Of one file, by one reader; ``pts`` are in seconds, of the frames that are shown.

    ``colour`` tells full range from any other: a stream that does not say has limited range.
    """

    pts: Sequence[Fraction]
    tick: Fraction
    orientation: object
    colour: object
    aspect: object
    size: tuple[int, int]
    audio: Sequence[Track]
    others: Sequence[Track]
    chapters: Sequence[tuple[float, float, str]]
    metadata: Mapping[str, str]


def compare(before: Facts, after: Facts) -> dict[str, str]:
    """A cell for each column but the picture's: ``kept``, or what became of it."""
    return {
        "frames": _cell(len(before.pts), len(after.pts)),
        "pts": _pts(before, after),
        "orientation": _cell(before.orientation, after.orientation),
        "colour": _cell(before.colour, after.colour),
        "aspect": _cell(before.aspect, after.aspect),
        "size": _cell(before.size, after.size),
        "audio": _tracks(before.audio, after.audio),
        "other streams": _tracks(before.others, after.others),
        "chapters": _chapters(before.chapters, after.chapters),
        "metadata": _metadata(before.metadata, after.metadata),
    }


def unexplained(cells: Mapping[str, str], codes: set[str]) -> dict[str, str]:
    """The cells that are worse than kept though the report names no reason for them."""
    return {
        name: cell
        for name, cell in cells.items()
        if not cell.startswith(KEPT) and not REASONS.get(name, frozenset()) & codes
    }


def picture(source: Path, output: Path) -> str:
    """The picture's cell: the least PSNR of the planes, over all frames, in the source's bits.

    Frames are compared in pairs as far as both go, in the finer layout that both can be brought to.
    """
    errors: list[list[float]] = []
    most, bits = 255, 8
    with av.open(str(source)) as a, av.open(str(output)) as b:
        for before, after in zip(_decoded(a), _decoded(b), strict=False):
            wanted, got = samples_of(before), samples_of(after)
            name = planar(min(wanted.bits, got.bits), (got.across, got.down))
            wanted, got = fitted(wanted, name), fitted(got, name)
            most, bits = wanted.most, wanted.bits
            height, width = wanted.luma.shape[:2]
            pairs = [(wanted.luma, got.luma[:height, :width])]
            height, width = wanted.chroma.shape[:2]
            pairs += [(wanted.chroma[..., i], got.chroma[:height, :width, i]) for i in (0, 1)]
            errors.append([float(np.mean((x.astype(float) - y) ** 2)) for x, y in pairs])
    worst = float(np.max(np.mean(errors, axis=0)))
    least = LEAST_DB[min(bits, 10)]
    db = 99.0 if worst == 0 else float(10 * np.log10(most**2 / worst))
    return f"{KEPT} (≥ {least:.0f} dB)" if db >= least else f"{db:.1f} dB"


def _decoded(container: InputContainer) -> Any:
    video = main_video(container)
    video.codec_context.thread_type = "AUTO"
    return container.decode(video)


def _cell(before: object, after: object) -> str:
    return KEPT if before == after else f"{before} became {after}"


def _pts(before: Facts, after: Facts) -> str:
    if list(before.pts) == list(after.pts):
        return KEPT
    if len(before.pts) != len(after.pts):
        return "other frames"
    away = max(abs(a - b) for a, b in zip(before.pts, after.pts, strict=True))
    if away <= after.tick:
        return f"{KEPT} to the container's tick ({after.tick} s)"
    return f"up to {float(away):.6f} s away"


def _tracks(before: Sequence[Track], after: Sequence[Track]) -> str:
    lost = [f"{track.kind} {track.codec}" for track in before if not track.is_in(after)]
    if lost:
        return "without " + ", ".join(lost)
    return f"{KEPT} ({len(before)})" if before else KEPT


def _chapters(before: Sequence[tuple[float, float, str]], after: Sequence[Any]) -> str:
    def near(one: tuple[float, float, str], other: tuple[float, float, str]) -> bool:
        away = max(abs(one[0] - other[0]), abs(one[1] - other[1]))
        return one[2] == other[2] and away < 0.002

    same = len(before) == len(after) and all(map(near, before, after))
    if same:
        return f"{KEPT} ({len(before)})" if before else KEPT
    return f"{len(before)} became {len(after)}"


def _metadata(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    lost = [
        name
        for name, value in before.items()
        if name not in OWN_TAGS and _spelled(after.get(name, "")) != _spelled(value)
    ]
    return KEPT if not lost else "without " + ", ".join(sorted(lost))


def _spelled(value: str) -> str:
    """A time in the one spelling of it, whichever container it comes from."""
    return re.sub(r"^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.0+)?Z?$", r"\1T\2Z", value)
