from pathlib import Path

import numpy as np
import pytest

from nhance_models import correction, evaluate
from nhance_models.colour import Array
from nhance_models.data import read_photos
from nhance_models.pairs import Pair


def filled(red: float, green: float, blue: float) -> Array:
    return np.full((1, 8, 8, 3), (red, green, blue), np.float32)


def test_ciede2000_of_known_colours() -> None:
    assert evaluate.ciede2000(filled(0.3, 0.4, 0.5), filled(0.3, 0.4, 0.5)) == 0
    # Black and white are one hundred apart.
    assert evaluate.ciede2000(filled(0, 0, 0), filled(1, 1, 1)) == pytest.approx(100, abs=0.1)


def test_methods_stand_beside_each_other(photos: Path) -> None:
    held_out = read_photos([photos], validation=True)
    methods: evaluate.Methods = {"input": lambda frame: frame, "black": lambda frame: 0 * frame}
    scores = evaluate.through_camera(methods, evaluate.filmed(held_out, long_side=64))
    assert [(s.dataset, s.method) for s in scores] == [
        ("camera model", "input"),
        ("camera model", "black"),
        ("its darkest third", "input"),
        ("its darkest third", "black"),
    ]
    assert scores[0].psnr > scores[1].psnr
    assert scores[0].ciede2000 < scores[1].ciede2000
    assert scores[0].pictures == len(held_out)


def test_pairs_and_fidelity(photos: Path) -> None:
    paths = sorted(photos.iterdir())
    same = [Pair(path.stem, path, path) for path in paths[:2]]
    halved = {"halved": lambda frame: frame / 2}
    score = evaluate.on_pairs({"input": lambda frame: frame}, same, "same")[0]
    assert (score.pictures, score.ciede2000) == (2, 0)
    assert score.psnr == pytest.approx(100, abs=0.1)
    kept = evaluate.fidelity(halved, read_photos([photos], validation=True), long_side=64)[0]
    assert kept.share_above_30 == 0
    assert kept.least <= kept.mean < 30


def test_the_plain_correction_stretches() -> None:
    ramp = np.linspace(0.2, 0.6, 64, dtype=np.float32)
    frame = np.tile(ramp[None, None, :, None], (1, 32, 1, 3))
    corrected = correction.correct(frame)
    assert corrected.shape == frame.shape
    assert corrected.min() < 0.05
    assert corrected.max() > 0.95
