"""A clip that is cut into many batches is, packet by packet, what comes of it in one."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from nhance_media.samples import samples_of
from tests.clips import frames_of, packets_of, psnr, write_clip
from tests.identity import Given, through

FRAMES, RATE, CLOCK = 240, 3, 12_800
# Of 1, 2, 8 and 40 batches; the source has a keyframe a second.
CUTS_S = {1: 100.0, 2: 40.0, 8: 10.0, 40: 2.0}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("seams")


@cache
def cut_into(folder: Path, batches: int) -> tuple[Path, Given]:
    """The source, and what came of it in so many batches."""
    source, to = folder / "source.mp4", folder / str(batches)
    to.mkdir()
    if not source.exists():
        pts = [frame * CLOCK // RATE for frame in range(FRAMES)]
        options = {"g": str(RATE), "sc_threshold": "0", "preset": "veryfast"}
        write_clip(
            source,
            size=(160, 120),
            pts=pts,
            time_base=Fraction(1, CLOCK),
            options=options,
            audio=None,
        )
    given = through(source, to, target_s=CUTS_S[batches])
    assert batches == given.batches
    return source, given


@pytest.mark.parametrize("batches", [2, 8, 40])
def test_the_number_of_batches_changes_nothing(folder: Path, batches: int) -> None:
    whole, cut = cut_into(folder, 1)[1], cut_into(folder, batches)[1]

    assert packets_of(whole.path, "video") == packets_of(cut.path, "video")


@pytest.mark.parametrize("batches", [2, 8, 40])
def test_frames_beside_a_seam_are_no_worse_than_others(folder: Path, batches: int) -> None:
    source, cut = cut_into(folder, batches)
    before, after = frames_of(source), frames_of(cut.path)
    pairs = zip(before, after, strict=True)
    found = [psnr(samples_of(a).luma.astype(np.uint8), samples_of(b).luma) for a, b in pairs]
    starts = [index for index, frame in enumerate(before) if frame.pts in cut.starts]
    beside = [found[index] for start in starts for index in (start - 1, start)]

    assert 2 * (batches - 1) == len(beside)
    assert min(beside) >= np.quantile(found, 0.05)
