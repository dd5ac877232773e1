"""A comparison is upright, whatever the display matrix, with the source on the viewer's left."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nhance_kit.jobs import Comparison
from nhance_media.batches import fraction, rational
from nhance_media.comparison import MOST_EXTENT, Composer, Picture, swiped
from nhance_media.upright import Orientation
from nhance_proto.v1.frame_batch_pb2 import VideoConfig

ONE = 1 << 16
Turn = Callable[[NDArray[Any]], NDArray[Any]]


def matrix(a: int, b: int, c: int, d: int) -> tuple[int, ...]:
    return (a * ONE, b * ONE, 0, c * ONE, d * ONE, 0, 0, 0, 1 << 30)


# (matrix, how to turn the stored picture into what the viewer sees)
ORIENTATIONS: dict[str, tuple[tuple[int, ...] | None, Turn]] = {
    "as stored": (None, lambda p: p),
    "the unit matrix": (matrix(1, 0, 0, 1), lambda p: p),
    "a quarter clockwise": (matrix(0, 1, -1, 0), lambda p: np.rot90(p, -1)),
    "half a turn": (matrix(-1, 0, 0, -1), lambda p: np.rot90(p, 2)),
    "a quarter counter-clockwise": (matrix(0, -1, 1, 0), np.rot90),
    "mirrored": (matrix(-1, 0, 0, 1), np.fliplr),
    "upside down": (matrix(1, 0, 0, -1), np.flipud),
    "over the diagonal": (matrix(0, 1, 1, 0), lambda p: np.swapaxes(p, 0, 1)),
    "over the other diagonal": (
        matrix(0, -1, -1, 0),
        lambda p: np.rot90(np.swapaxes(p, 0, 1), 2),
    ),
}


def config(color_range: int = 1, aspect: Fraction = Fraction(0)) -> VideoConfig:
    return VideoConfig(color_range=color_range, sample_aspect_ratio=rational(aspect))


def noise(seed: int, height: int = 32, width: int = 48) -> Picture:
    rng = np.random.default_rng(seed)
    return (
        rng.integers(0, 200, (height, width, 1), np.uint8),
        rng.integers(0, 100, (-(-height // 2), -(-width // 2), 2), np.uint8),
    )


@pytest.mark.parametrize("name", ORIENTATIONS)
def test_an_orientation_shows_what_its_matrix_says(name: str) -> None:
    numbers, turned = ORIENTATIONS[name]
    plane = noise(0)[0]

    assert np.array_equal(turned(plane), Orientation.of(numbers).upright(plane))


@pytest.mark.parametrize("name", ORIENTATIONS)
@pytest.mark.parametrize("kind", [Comparison.SPLIT, Comparison.SWIPE])
def test_one_frame_has_the_source_left_of_the_line(name: str, kind: Comparison) -> None:
    numbers, turned = ORIENTATIONS[name]
    source, enhanced = noise(1), noise(2)

    seen = Composer(kind, config(), numbers).compose(source, enhanced, Fraction(1))

    for plane, before, after in zip(seen, source, enhanced, strict=True):
        middle = plane.shape[1] // 2
        assert np.array_equal(turned(before)[:, : middle - 1], plane[:, : middle - 1])
        assert np.array_equal(turned(after)[:, middle + 1 :], plane[:, middle + 1 :])
        assert plane.shape == turned(before).shape


@pytest.mark.parametrize("name", ORIENTATIONS)
def test_side_by_side_has_the_whole_source_on_the_left(name: str) -> None:
    numbers, turned = ORIENTATIONS[name]
    source, enhanced = noise(1), noise(2)

    seen = Composer(Comparison.SIDE, config(), numbers).compose(source, enhanced, Fraction(0))

    for plane, before, after in zip(seen, source, enhanced, strict=True):
        expected = np.concatenate([turned(before), turned(after)], axis=1)
        assert np.array_equal(expected, plane)


@pytest.mark.parametrize("kind", [Comparison.SPLIT, Comparison.SIDE])
def test_odd_sizes_become_even(kind: Comparison) -> None:
    luma, chroma = Composer(kind, config(), None).compose(
        noise(1, 31, 47), noise(2, 31, 47), Fraction(0)
    )

    width = 96 if kind is Comparison.SIDE else 48
    assert luma.shape == (32, width, 1)
    assert chroma.shape == (16, width // 2, 2)


@pytest.mark.parametrize(("color_range", "white"), [(0, 235), (1, 235), (2, 255)])
def test_the_line_is_white_in_the_videos_range(color_range: int, white: int) -> None:
    composer = Composer(Comparison.SPLIT, config(color_range), None)

    luma, chroma = composer.compose(noise(1), noise(2), Fraction(0))

    assert (luma[:, 23:25] == white).all()
    assert (chroma[:, 11:13] == 128).all()


def test_a_swipe_crosses_and_comes_back_in_four_seconds() -> None:
    times = [Fraction(n, 2) for n in range(-2, 10)]

    expected = [Fraction(n, 4) for n in (2, 1, 0, 1, 2, 3, 4, 3, 2, 1, 0, 1)]

    assert expected == [swiped(at_s) for at_s in times]


def test_a_swipe_shows_all_of_one_and_then_all_of_the_other() -> None:
    source, enhanced = noise(1), noise(2)
    composer = Composer(Comparison.SWIPE, config(), None)

    at_first, in_the_middle = (composer.compose(source, enhanced, Fraction(n)) for n in (0, 2))

    assert np.array_equal(enhanced[0][:, 1:], at_first[0][:, 1:])
    assert np.array_equal(source[0][:, :-1], in_the_middle[0][:, :-1])


@pytest.mark.parametrize(
    ("kind", "size", "seen"),
    [
        (Comparison.SIDE, (2160, 3840), (1080, 3840)),
        (Comparison.SIDE, (1080, 2048), (1080, 4096)),
        (Comparison.SPLIT, (2160, 3840), (2160, 3840)),
        (Comparison.SPLIT, (4320, 7680), (2160, 3840)),
        (Comparison.SIDE, (2161, 3841), (1080, 3840)),
    ],
)
def test_what_is_too_long_for_players_is_scaled_down(
    kind: Comparison, size: tuple[int, int], seen: tuple[int, int]
) -> None:
    height, width = size
    half = (-(-height // 2), -(-width // 2))
    source, enhanced = (
        (np.full((*size, 1), code, np.uint8), np.full((*half, 2), code, np.uint8))
        for code in (50, 200)
    )

    luma, chroma = Composer(kind, config(), None).compose(source, enhanced, Fraction(0))

    assert (*seen, 1) == luma.shape
    assert (seen[0] // 2, seen[1] // 2, 2) == chroma.shape
    assert max(luma.shape) <= MOST_EXTENT
    middle = seen[1] // 2
    assert {50} == set(np.unique(luma[:, : middle - 1]))
    assert {200} == set(np.unique(luma[:, middle + 1 :]))


def test_the_shape_of_pixels_turns_with_the_picture() -> None:
    stored = config(aspect=Fraction(64, 45))
    turned, _ = ORIENTATIONS["a quarter clockwise"]

    aspects = [
        fraction(Composer(Comparison.SPLIT, stored, numbers).target.sample_aspect_ratio)
        for numbers in (None, turned)
    ]

    assert [Fraction(64, 45), Fraction(45, 64)] == aspects
