"""Figures of pictures whose figures are known."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from nhance_media.measuring import BINS, Meter, cell_of, noise
from nhance_media.samples import Plane
from nhance_proto.v1.measured_pb2 import Levels

HEIGHT, WIDTH = 240, 320
LIMITED, FULL = Meter(full_range=False), Meter(full_range=True)


def plain(luma: int, cb: int = 128, cr: int = 128) -> tuple[Plane, Plane]:
    chroma = np.empty((HEIGHT // 2, WIDTH // 2, 2), np.uint8)
    chroma[..., 0], chroma[..., 1] = cb, cr
    return np.full((HEIGHT, WIDTH, 1), luma, np.uint8), chroma


def halves(left: int, right: int) -> tuple[Plane, Plane]:
    luma, chroma = plain(left)
    luma[:, WIDTH // 2 :] = right
    return luma, chroma


@pytest.mark.parametrize(
    ("meter", "code", "signal"),
    [(LIMITED, 16, 0.0), (LIMITED, 235, 1.0), (LIMITED, 0, 0.0), (FULL, 0, 0.0), (FULL, 255, 1.0)],
)
def test_black_and_white_by_range(meter: Meter, code: int, signal: float) -> None:
    found = meter.measure(*plain(code))

    assert (signal, signal, 0.0, 0.0) == (
        found.luma,
        found.luminance,
        found.contrast,
        found.spread,
    )
    assert found.histogram[round(signal * (BINS - 1))] == sum(found.histogram)


def test_light_grows_by_the_displays_curve() -> None:
    assert FULL.measure(*plain(51)).luminance == pytest.approx(0.2**2.4, rel=1e-5)


def test_contrast_of_two_halves() -> None:
    found = FULL.measure(*halves(51, 204))

    assert found.luma == pytest.approx(0.5, abs=1e-6)
    assert found.contrast == pytest.approx(0.3, abs=1e-6)
    assert found.spread == pytest.approx(0.6, abs=1e-6)


@pytest.mark.parametrize(("meter", "span"), [(LIMITED, 224), (FULL, 255)])
def test_saturation_is_the_distance_from_grey(meter: Meter, span: int) -> None:
    assert meter.measure(*plain(100, 128 + 30, 128 - 40)).saturation == pytest.approx(50 / span)
    assert meter.measure(*plain(100)).saturation == 0.0


@pytest.mark.parametrize("sigma", [2.0, 5.0, 10.0])
def test_noise_is_found_and_a_slope_is_none(sigma: float) -> None:
    slope = np.add.outer(np.arange(480) / 8, np.arange(640) / 8) + 40
    grain = np.random.default_rng(1).normal(0, sigma, slope.shape)

    noisy, smooth = (np.round(p).astype(np.uint8)[..., None] for p in (slope + grain, slope))

    assert noise(noisy) == pytest.approx(sigma, rel=0.1)
    assert noise(smooth) < 0.6, "rounding to codes alone"


@pytest.mark.parametrize("size", [(2, 2), (1, 640), (2, 3)])
def test_pictures_too_small_for_noise(size: tuple[int, int]) -> None:
    height, width = size
    luma = np.full((height, width, 1), 100, np.uint8)
    chroma = np.full((-(-height // 2), -(-width // 2), 2), 128, np.uint8)

    found: Levels = FULL.measure(luma, chroma)

    assert (0.0, height * width) == (found.noise, sum(found.histogram))


def test_a_slot_of_time_is_half_a_second_wide() -> None:
    tick = Fraction(1, 1000)

    assert [-1, 0, 0, 1, 3] == [cell_of(pts, tick) for pts in (-1, 0, 499, 500, 1999)]
