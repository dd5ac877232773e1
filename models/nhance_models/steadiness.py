"""How steady a model is in time: the change of mean luma and chroma from each frame to the next.

A picture with more contrast changes more when the same thing moves in it. So the output's changes
are given as they are, and *at equal contrast*: times the standard deviation of the input's pixels
over that of the output's, means over the clip. What is above the input's change then, the *excess*,
the model has added.

A clip is rendered in stretches as long as frame batches, each with looks of its own, as enhance
renders them; between two stretches lies a *seam*. Cuts are left out: there another picture begins,
and its look with it.

What *stands still*, the blocks whose mean luma the input leaves as it is, should do so in the
output, whatever else comes and goes: by how much such blocks change is given as well.

Beside every model that has a look stands what it does with *one look* a shot, that of the shot's
first frame. Nothing moves there but the picture: what is above the input's change then comes of
the tone curve, which is steeper in some tones than in others, and the rest of the looks.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from nhance_media.cutting import TARGET_S
from nhance_media.looks import Look, Picture, distribution, is_cut, with_looks
from nhance_models import colour
from nhance_models.clips import Clip
from nhance_models.colour import Array
from nhance_models.data import Pixels
from nhance_models.loaded import Loaded, Planes

Stretch = tuple[Sequence[Picture], Picture | None]

_AT_ONCE = 8
_BLOCK = 16
# The columns of `statistics`.
_MEANS, _DEVIATIONS, _BLOCKS = slice(0, 3), slice(3, 5), slice(5, None)
_STILL_CODES = 1.0  # of a block's mean, from frame to frame
INPUT = "input"
ONE_LOOK = ", one look"  # after a model's name


@dataclass(frozen=True)
class Changes:
    """One entry for each pair of neighbouring frames, float32 [P], in codes of 8 bits."""

    luma: Array
    chroma: Array
    even_luma: Array  # at equal contrast
    even_chroma: Array
    excess: Array  # of luma and chroma together
    still: Array  # of what stands still, the median block's; NaN where nothing does
    seam: Array  # 1 where the pair lies across a seam, else 0

    @classmethod
    def joined(cls, parts: Iterable["Changes"]) -> "Changes":
        """Those of several clips, one after the other."""
        columns = zip(*(vars(part).values() for part in parts), strict=True)
        return cls(*(np.concatenate(column) for column in columns))


@dataclass(frozen=True)
class Steadiness:
    """Of one method on one dataset: means over all pairs, and quantiles of the excess."""

    dataset: str
    method: str
    pairs: int
    luma: float
    chroma: float
    even_luma: float
    even_chroma: float
    still: float
    inside_median: float
    inside_95: float
    seam_median: float
    seam_95: float
    frames_per_second: float


def measure(
    models: Mapping[str, Loaded], clips: Sequence[Clip], dataset: str
) -> tuple[list[Steadiness], dict[str, Changes]]:
    """Every model's steadiness beside the input's, and the changes that they were made from."""
    changes: dict[str, list[Changes]] = defaultdict(list)
    seconds: dict[str, float] = defaultdict(float)
    for clip in clips:
        before = statistics((picture.luma, picture.chroma) for picture in clip.pictures)
        stretches = list(stretched(clip))
        changes[INPUT].append(_changes(clip, stretches, before, before))
        for method, planes in _renderings(models, clip, stretches):
            started = time.perf_counter()
            after = statistics(planes)
            seconds[method] += time.perf_counter() - started
            changes[method].append(_changes(clip, stretches, before, after))
    frames = sum(len(clip.pictures) for clip in clips)
    joined = {method: Changes.joined(parts) for method, parts in changes.items()}
    rows = [
        _summed_up(dataset, method, found, frames / seconds[method] if seconds[method] else np.nan)
        for method, found in joined.items()
    ]
    return rows, joined


def _renderings(
    models: Mapping[str, Loaded], clip: Clip, stretches: Sequence[Stretch]
) -> Iterator[tuple[str, Iterator[Planes]]]:
    """The clip by every model, as enhance renders it and with one look a shot."""
    for method, model in models.items():
        yield method, (planes for stretch in stretches for planes in render(model, clip, *stretch))
        if model.has_look:
            yield method + ONE_LOOK, render_shots(model, clip)


def _summed_up(dataset: str, method: str, found: Changes, rate: float) -> Steadiness:
    inside, seams = (found.excess[found.seam == at] for at in (0, 1))
    return Steadiness(
        dataset=dataset,
        method=method,
        pairs=len(found.luma),
        luma=float(found.luma.mean()),
        chroma=float(found.chroma.mean()),
        even_luma=float(found.even_luma.mean()),
        even_chroma=float(found.even_chroma.mean()),
        still=float(np.nanmean(found.still)) if np.isfinite(found.still).any() else float("nan"),
        inside_median=_quantile(inside, 0.5),
        inside_95=_quantile(inside, 0.95),
        seam_median=_quantile(seams, 0.5),
        seam_95=_quantile(seams, 0.95),
        frames_per_second=rate,
    )


def _quantile(values: Array, share: float) -> float:
    return float(np.quantile(values, share)) if len(values) else float("nan")


def stretched(clip: Clip) -> Iterator[Stretch]:
    """The clip in stretches of TARGET_S, each with the first picture of the next."""
    pictures, first = clip.pictures, 0
    for i in range(1, len(pictures)):
        if float((pictures[i].pts - pictures[first].pts) * clip.time_base) >= TARGET_S:
            yield pictures[first:i], pictures[i]
            first = i
    yield pictures[first:], None


def render(
    model: Loaded, clip: Clip, pictures: Sequence[Picture], following: Picture | None
) -> Iterator[Planes]:
    """A stretch as enhance renders a batch."""
    looks: list[Look] | None = None
    if model.has_look:
        end = following.pts if following else pictures[-1].pts + 1
        seen = [*pictures, following] if following else pictures

        found = with_looks(
            seen, end, clip.time_base, len(pictures), lambda one: _look(model, clip, one)
        )
        looks = [look for _, look in found]
    yield from _enhanced(model, clip, pictures, looks)


def render_shots(model: Loaded, clip: Clip) -> Iterator[Planes]:
    """The clip with the look of every shot's first frame."""
    looks: list[Look] = []
    for before, picture in pairwise([None, *clip.pictures]):
        assert picture is not None
        if before is None or is_cut(distribution(before), distribution(picture)):
            look = _look(model, clip, picture)
        looks.append(look)
    yield from _enhanced(model, clip, clip.pictures, looks)


def _look(model: Loaded, clip: Clip, picture: Picture) -> Look:
    look: Look = model.look((picture.luma[None], picture.chroma[None]), clip.yuv_to_rgb)[0]
    return look


def _enhanced(
    model: Loaded, clip: Clip, pictures: Sequence[Picture], looks: Sequence[Look] | None
) -> Iterator[Planes]:
    for at in range(0, len(pictures), _AT_ONCE):
        group = pictures[at : at + _AT_ONCE]
        planes = np.stack([p.luma for p in group]), np.stack([p.chroma for p in group])
        chosen = np.stack(looks[at : at + _AT_ONCE]) if looks else None
        yield from zip(*model.enhance(planes, clip.yuv_to_rgb, chosen), strict=True)


def side_by_side(models: Mapping[str, Loaded], clip: Clip) -> dict[str, Array]:
    """The picture in the middle of a clip, as it is and by every model: RGB [1,H,W,3]."""
    picture = clip.pictures[len(clip.pictures) // 2]
    planes = {INPUT: (picture.luma, picture.chroma)}
    for method, model in models.items():
        planes[method] = next(render(model, clip, [picture], None))
    return {
        method: np.asarray(colour.nv12_to_rgb(luma[None], chroma[None], clip.yuv_to_rgb))
        for method, (luma, chroma) in planes.items()
    }


def statistics(frames: Iterable[Planes]) -> Array:
    """Of every frame the mean codes of luma, Cb and Cr, the standard deviations of luma and of
    chroma, and the mean luma of its blocks: float32 [T,5+B].
    """
    rows = [
        np.concatenate(
            [
                [luma.mean(), *chroma.mean(axis=(0, 1))],
                [luma.std(), np.hypot(*chroma.std(axis=(0, 1)))],
                _block_means(luma),
            ]
        )
        for luma, chroma in frames
    ]
    return np.array(rows, np.float32)


def _block_means(luma: Pixels) -> Array:
    rows, columns = (extent // _BLOCK for extent in luma.shape[:2])
    whole = luma[: rows * _BLOCK, : columns * _BLOCK, 0]
    means: Array = whole.reshape(rows, _BLOCK, columns, _BLOCK).mean(axis=(1, 3), dtype=np.float32)
    return means.ravel()


def _changes(
    clip: Clip,
    stretches: Sequence[Stretch],
    before: Array,
    after: Array,
) -> Changes:
    first = np.cumsum([len(pictures) for pictures, _ in stretches])
    seam = np.isin(np.arange(1, len(clip.pictures)), first).astype(np.float32)
    codes = [distribution(picture) for picture in clip.pictures]
    kept = np.array([not is_cut(a, b) for a, b in pairwise(codes)], bool)
    moved_in, moved = (_moved(values)[kept] for values in (before, after))
    contrast_in, contrast = (values[:, _DEVIATIONS].mean(axis=0) for values in (before, after))
    # A picture without any contrast has none to compare by.
    scale = np.where(
        np.minimum(contrast_in, contrast) < 1, 1, contrast_in / np.maximum(contrast, 1)
    )
    even = moved * scale
    excess = np.linalg.norm(even, axis=1) - np.linalg.norm(moved_in, axis=1)
    still = _of_what_stands_still(before[:, _BLOCKS], after[:, _BLOCKS])[kept]
    return Changes(moved[:, 0], moved[:, 1], even[:, 0], even[:, 1], excess, still, seam[kept])


def _of_what_stands_still(before: Array, after: Array) -> Array:
    """The median change of the blocks [T,B] that the input leaves as they are: float32 [T-1]."""
    stands = np.abs(np.diff(before, axis=0)) < _STILL_CODES
    steps = np.diff(after, axis=0)
    rows = [
        np.median(step[on]) if on.any() else np.nan for step, on in zip(steps, stands, strict=True)
    ]
    return np.abs(np.array(rows, np.float32))


def _moved(values: Array) -> Array:
    """Change of luma and of chroma from each row of `statistics` to the next: float32 [T-1,2]."""
    steps = np.abs(np.diff(values[:, _MEANS], axis=0))
    return np.stack([steps[:, 0], np.hypot(steps[:, 1], steps[:, 2])], axis=1)


def draw(found: Mapping[str, Mapping[str, Changes]], path: Path) -> None:
    """The distribution of the excess inside stretches and at seams, a panel a dataset, as a PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6 * len(found), 4), layout="constrained")
    panels = figure.subplots(1, len(found), squeeze=False)[0]
    for axes, (dataset, methods) in zip(panels, found.items(), strict=True):
        for number, (method, changes) in enumerate(methods.items()):
            for at, style, where in ((0, "-", "inside"), (1, "--", "at seams")):
                values = changes.excess[changes.seam == at]
                if method != INPUT and len(values):
                    axes.ecdf(
                        values, linestyle=style, color=f"C{number}", label=f"{method} {where}"
                    )
        axes.set_xscale("symlog", linthresh=0.1)
        axes.set(title=dataset, ylabel="share of pairs of frames")
        axes.set(xlabel="change of the means at equal contrast minus the input's, codes")
        axes.legend()
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120)
