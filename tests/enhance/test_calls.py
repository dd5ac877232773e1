"""How a batch's frames are dealt out to calls to the model."""

from __future__ import annotations

import math

import pytest

from nhance_enhance.model_client import frames_per_rpc
from nhance_enhance.pipeline import IN_FLIGHT, frames_a_call

HD, SMALL, ULTRA_HD = (720, 1280), (360, 640), (2160, 3840)


@pytest.mark.parametrize(
    ("frames", "size", "expected"),
    [
        (60, HD, 5),  # twelve full calls
        (60, SMALL, 15),  # four instead of 23, 23 and 14
        (10, SMALL, 5),  # one would leave a core idle
        (50, ULTRA_HD, 1),
        (1, SMALL, 1),
        (0, HD, 1),  # nothing that is sure to be shown
    ],
)
def test_calls_are_alike(frames: int, size: tuple[int, int], expected: int) -> None:
    assert frames_a_call(frames, *size) == expected


@pytest.mark.parametrize("size", [HD, SMALL, ULTRA_HD])
def test_no_call_is_too_large_or_alone(size: tuple[int, int]) -> None:
    for frames in range(2, 200):
        each = frames_a_call(frames, *size)
        assert each <= frames_per_rpc(*size)
        assert math.ceil(frames / each) >= IN_FLIGHT
