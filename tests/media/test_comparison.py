"""The viewer sees the source on the left, whatever the display matrix."""

from __future__ import annotations

import numpy as np
import pytest

from nhance_kit.jobs import Comparison
from nhance_media.comparison import compose

ONE = 1 << 16
# (matrix, how to turn the stored picture into what the viewer sees)
MATRICES = {
    "upright": (None, lambda picture: picture),
    "a quarter clockwise": (
        (0, ONE, 0, -ONE, 0, 0, 0, 0, 1 << 30),
        lambda picture: np.rot90(picture, -1),
    ),
    "half a turn": ((-ONE, 0, 0, 0, -ONE, 0, 0, 0, 1 << 30), lambda p: np.rot90(p, 2)),
    "a quarter counter-clockwise": (
        (0, -ONE, 0, ONE, 0, 0, 0, 0, 1 << 30),
        lambda picture: np.rot90(picture, 1),
    ),
    "mirrored": ((-ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30), np.fliplr),
}


def plain(code: int) -> tuple[np.ndarray, np.ndarray]:
    return np.full((32, 48, 1), code, np.uint8), np.full((16, 24, 2), code, np.uint8)


@pytest.mark.parametrize("name", MATRICES)
@pytest.mark.parametrize("kind", [Comparison.SPLIT, Comparison.SIDE])
def test_source_is_on_the_viewers_left(name: str, kind: Comparison) -> None:
    matrix, turned = MATRICES[name]

    planes = compose(kind, plain(50), plain(200), matrix)

    for plane in planes:
        seen = turned(plane[..., 0])
        middle = seen.shape[1] // 2
        assert (seen[:, : middle - 1] == 50).all()
        assert (seen[:, middle + 1 :] == 200).all()
    stored = (32, 48) if kind is Comparison.SPLIT else planes[0].shape[:2]
    assert stored == planes[0].shape[:2]
