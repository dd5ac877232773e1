"""Source and enhanced in one picture, on the NV12 planes. Left is left as the viewer sees it.

The display matrix is carried over and no pixel is rotated, so a picture that will be turned by a
quarter is divided across instead of along.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nhance_kit.jobs import Comparison
from nhance_media.samples import Plane

Picture = tuple[Plane, Plane]

# White, in limited range, and no colour.
LINE_LUMA, LINE_CHROMA = 235, 128


def seen_left(matrix: Sequence[int] | None) -> tuple[int, bool]:
    """Where the viewer's left is in the stored picture: (axis, at its low end).

    ``matrix`` is row by row a, b, u, c, d, v, x, y, w; a stored point (p, q) is shown at
    (a·p + c·q + x, b·p + d·q + y) (ISO/IEC 14496-12 §8.2.2). Axis 1 is across, 0 is down.
    """
    if matrix is None:
        return 1, True
    a, c = matrix[0], matrix[3]
    return (1, a >= 0) if abs(a) >= abs(c) else (0, c >= 0)


def compose(
    kind: Comparison, source: Picture, enhanced: Picture, matrix: Sequence[int] | None
) -> Picture:
    """``split``: one frame, source on the left of its middle; ``side``: both whole.

    luma: uint8 [H,W,1], chroma: uint8 [⌈H/2⌉,⌈W/2⌉,2]; the result's size differs for ``side``.
    """
    axis, low = seen_left(matrix)
    first, second = (source, enhanced) if low else (enhanced, source)
    if kind is Comparison.SIDE:
        luma, chroma = (np.concatenate(pair, axis=axis) for pair in zip(first, second, strict=True))
        return luma, chroma
    middle = first[1].shape[axis] // 2
    return (
        _spliced(first[0], second[0], axis, 2 * middle, LINE_LUMA),
        _spliced(first[1], second[1], axis, middle, LINE_CHROMA),
    )


def _spliced(first: Plane, second: Plane, axis: int, at: int, line: int) -> Plane:
    """``first`` up to ``at`` along ``axis``, a thin line, and ``second`` from there on."""
    whole = np.moveaxis(np.empty_like(first), axis, 0)
    whole[:at] = np.moveaxis(first, axis, 0)[:at]
    whole[at:] = np.moveaxis(second, axis, 0)[at:]
    whole[max(0, at - 1) : at + 1] = line
    return np.moveaxis(whole, 0, axis)
