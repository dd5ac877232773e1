"""A clip that is cut into many batches looks as good as one that is not, at the seams too."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from nhance_media.samples import samples_of
from tests.clips import frames_of, psnr, write_clip
from tests.identity import through

FRAMES = 80
KEYFRAMES = 2  # every other frame, so that a batch can begin anywhere
# Of 1, 2, 8 and about 40 batches, at 25 frames a second.
CUTS_S = {1: 100.0, 2: 2.4, 8: 0.39, 40: 0.07}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("seams")


@cache
def frames_db(folder: Path, batches: int) -> tuple[NDArray[np.float64], list[int]]:
    """The luma's PSNR of each frame that went through in batches, dB, and which begin one."""
    path = folder / "source.mp4"
    if not path.exists():
        options = {"g": str(KEYFRAMES), "keyint_min": "1", "preset": "veryfast"}
        write_clip(path, size=(320, 240), frames=FRAMES, options=options, audio=None)
    given = through(path, folder, target_s=CUTS_S[batches])
    before, after = frames_of(path), frames_of(given.path)
    pairs = zip(before, after, strict=True)
    found = [psnr(samples_of(a).luma.astype(np.uint8), samples_of(b).luma) for a, b in pairs]
    starts = [index for index, frame in enumerate(before) if frame.pts in given.starts]
    return np.array(found), starts


@pytest.mark.parametrize("batches", [2, 8, 40])
def test_the_number_of_batches_changes_no_frame_for_the_worse(folder: Path, batches: int) -> None:
    whole, _ = frames_db(folder, 1)
    cut, starts = frames_db(folder, batches)

    assert abs(len(starts) + 1 - batches) <= 1
    assert whole.mean() - cut.mean() <= 0.1
    # A picture that is coded on its own is better than one that is predicted, by up to a decibel;
    # where a batch begins, others are predicted than before.
    assert (whole - cut).max() <= 1.2


@pytest.mark.parametrize("batches", [2, 8, 40])
def test_frames_beside_a_seam_are_no_worse_than_others(folder: Path, batches: int) -> None:
    whole, _ = frames_db(folder, 1)
    cut, starts = frames_db(folder, batches)
    beside = [index for start in starts for index in (start - 1, start)]

    assert cut[beside].min() >= np.quantile(whole, 0.05)
