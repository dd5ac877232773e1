"""Every frame gets a look; it is continuous, but at cuts, and the same on both sides of a seam."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from nhance_media.looks import Look, Picture, distribution, is_cut, with_looks
from nhance_media.timestamps import OPEN_END

TICK = Fraction(1, 25)


def made(codes: list[int], start: int = 0) -> list[Picture]:
    chroma = np.full((8, 8, 2), 128, np.uint8)
    return [
        Picture(start + i, 1, np.full((16, 16, 1), code, np.uint8), chroma)
        for i, code in enumerate(codes)
    ]


class Asked:
    """A look that is the frame's brightness; remembers what it was asked for."""

    def __init__(self) -> None:
        self.pts: list[int] = []

    def __call__(self, picture: Picture) -> Look:
        self.pts.append(picture.pts)
        return np.array([float(picture.luma.mean())], np.float32)


def looks(
    codes: list[int], end_pts: int = OPEN_END, start: int = 0, most: int = 1000
) -> tuple[list[float], list[int]]:
    asked = Asked()
    pairs = list(with_looks(made(codes, start), end_pts, TICK, most, asked))
    assert [picture.pts for picture, _ in pairs] == list(range(start, start + len(pairs)))
    return [float(look[0]) for _, look in pairs], asked.pts


def test_it_is_asked_for_once_a_second_and_interpolated() -> None:
    found, asked = looks([100] * 60)

    assert found == [100.0] * 60
    assert asked == [0, 25, 50, 59]


def test_a_slow_change_is_followed_in_a_line() -> None:
    found, _ = looks(list(range(100, 151)))

    np.testing.assert_allclose(found, range(100, 151), atol=1e-3)


def test_a_cut_is_not_smoothed_over() -> None:
    found, asked = looks([40] * 10 + [200] * 10)

    assert found == [40.0] * 10 + [200.0] * 10
    assert asked == [0, 9, 10, 19]


def test_another_colour_of_the_same_brightness_is_a_cut() -> None:
    blue, red = (made([100])[0] for _ in range(2))
    blue.chroma[:], red.chroma[:] = (150, 120), (120, 150)

    assert is_cut(distribution(blue), distribution(red))


def test_noise_and_a_pan_are_no_cuts() -> None:
    random = np.random.default_rng(1)
    wide = np.tile(np.linspace(16, 235, 640), (360, 1))[..., None]
    chroma = np.full((180, 320, 2), 128, np.uint8)

    def filmed(luma: NDArray[np.float64]) -> NDArray[np.float64]:
        noisy = luma + random.normal(0, 5, luma.shape)
        return distribution(Picture(0, 1, np.clip(noisy, 0, 255).astype(np.uint8), chroma))

    assert not is_cut(filmed(wide), filmed(wide))
    assert not is_cut(filmed(wide[:, :600]), filmed(wide[:, 20:620]))


def test_both_sides_of_a_seam_agree() -> None:
    codes = list(range(60, 120))
    whole, _ = looks(codes)
    left, asked_left = looks(codes[:26], end_pts=25)
    right, asked_right = looks(codes[25:], start=25)

    assert 25 in asked_left
    assert 25 in asked_right
    np.testing.assert_allclose(whole, left + right, atol=1e-3)


def test_a_look_that_hardly_changes_is_kept_inside_a_batch() -> None:
    codes = [100] * 25 + [101] * 25 + [102]
    found, asked = looks(codes, end_pts=50)

    assert asked == [0, 25, 50]
    assert found[:26] == [100.0] * 26, "the one in the middle differs by a hundredth"
    np.testing.assert_allclose(found[26:], 100 + 2 * np.arange(1, 25) / 25, atol=1e-3)


def test_few_frames_are_held() -> None:
    found, asked = looks([100] * 20, most=4)

    assert len(found) == 20
    assert asked == [0, 4, 8, 12, 16, 19]


def test_one_frame_and_none() -> None:
    assert looks([7]) == ([7.0], [0])
    assert looks([]) == ([], [])
    assert looks([7, 7], end_pts=1) == ([7.0], [0, 1])
