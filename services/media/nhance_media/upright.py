"""The picture as its viewer sees it: what a display matrix does to rows and columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True)
class Orientation:
    """One of the eight ways to lay a picture down, the nearest one to what a matrix says.

    ``turned``: rows become columns; then ``mirrored``: left and right change places; ``upended``:
    so do top and bottom.
    """

    turned: bool = False
    mirrored: bool = False
    upended: bool = False

    @classmethod
    def of(cls, matrix: Sequence[int] | None) -> Orientation:
        """``matrix`` is row by row a, b, u, c, d, v, x, y, w; None leaves the picture as it is.

        A stored point (p, q) is shown at (a·p + c·q + x, b·p + d·q + y) (ISO/IEC 14496-12 §8.2.2).
        """
        if matrix is None:
            return cls()
        a, b, c, d = matrix[0], matrix[1], matrix[3], matrix[4]
        turned = abs(c) > abs(a)
        return cls(turned, (c if turned else a) < 0, (b if turned else d) < 0)

    def upright(self, plane: NDArray[T]) -> NDArray[T]:
        """A view of a plane [H,W,…] as it is to be seen; [W,H,…] where it is turned."""
        seen: NDArray[Any] = np.swapaxes(plane, 0, 1) if self.turned else plane
        return seen[:: -1 if self.upended else 1, :: -1 if self.mirrored else 1]
