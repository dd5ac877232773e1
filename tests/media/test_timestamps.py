"""Decoding timestamps: monotonic, never after pts, the same whether cut or not."""

from __future__ import annotations

import random

import pytest

from nhance_media.timestamps import DecodingClock


def coded_order(pts: list[int], depth: int) -> list[int]:
    """A decoding order that reorders by at most ``depth``: each reference before its B-frames."""
    out = [pts[0]]
    for start in range(1, len(pts), depth + 1):
        group = pts[start : start + depth + 1]
        out += [group[-1], *group[:-1]]
    return out


@pytest.mark.parametrize("depth", [0, 1, 2, 3])
@pytest.mark.parametrize("seed", range(5))
def test_dts_grows_and_never_passes_pts(depth: int, seed: int) -> None:
    gaps = random.Random(seed).choices([1, 512, 700, 20000], k=90)
    pts = [sum(gaps[:n]) for n in range(1, 91)]
    segments = [coded_order(pts[start : start + 30], depth) for start in (0, 30, 60)]

    clock = DecodingClock(depth)
    stamped = [list(clock.stamp(segment)) for segment in segments]

    dts = [value for segment in stamped for value in segment]
    assert dts == sorted(set(dts))
    for segment, times in zip(segments, stamped, strict=True):
        assert all(time <= shown for time, shown in zip(times, segment, strict=True))


def test_a_constant_rate_gives_constant_steps() -> None:
    clock = DecodingClock(2)

    dts = [*clock.stamp([0, 1536, 512, 1024]), *clock.stamp([2048, 3584, 2560, 3072])]

    assert dts == [-1024, -512, 0, 512, 1024, 1536, 2048, 2560]
