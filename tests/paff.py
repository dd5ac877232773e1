"""H.264 whose fields are pictures of their own (PAFF), which no encoder at hand writes.

Every macroblock is stored as its samples (I_PCM), so that no transform is needed. The names are
those of ITU-T H.264, §7.3.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tests.bits import Bits

GREY = bytes([128] * 128)
START = b"\0\0\0\1"


def _parameter_sets(width: int, height: int) -> bytes:
    sps = Bits().u(8, 77).u(8, 0).u(8, 30)
    # id, log2_max_frame_num - 4, pic_order_cnt_type, max_num_ref_frames
    sps.ue(0, 0, 2, 1).u(1, 0).ue(width // 16 - 1, height // 32 - 1)
    sps.u(1, 0).u(1, 0).u(1, 1).u(1, 0).u(1, 0)  # fields; no MBAFF; direct_8x8; no crop; no VUI
    pps = Bits().ue(0, 0).u(1, 0).u(1, 0).ue(0, 0, 0).u(1, 0).u(2, 0).ue(0, 0, 0)
    pps.u(1, 1).u(1, 0).u(1, 0)  # the deblocking filter is told of in slices
    return START + sps.nal(b"\x67") + START + pps.nal(b"\x68")


def _field(luma: NDArray[np.uint8], bottom: bool, first: bool, number: int) -> bytes:
    """An I field; the first one of a frame is an IDR picture."""
    slice_ = Bits().ue(0, 7, 0).u(4, 0).u(1, 1).u(1, bottom)
    if first:
        slice_.ue(number % 2).u(2, 0)
    else:
        slice_.u(1, 0)
    slice_.ue(0, 1)  # slice_qp_delta, disable_deblocking_filter_idc
    for top in range(0, luma.shape[0], 16):
        for left in range(0, luma.shape[1], 16):
            slice_.ue(25).aligned().append(luma[top : top + 16, left : left + 16].tobytes() + GREY)
    return START + slice_.nal(b"\x65" if first else b"\x61")


def paff(frames: Sequence[NDArray[np.uint8]], top_first: bool) -> bytes:
    """A byte stream of luma [H,W], H a multiple of 32 and W of 16."""
    height, width = frames[0].shape
    out = [_parameter_sets(width, height)]
    for number, luma in enumerate(frames):
        for first in (True, False):
            bottom = first != top_first
            out.append(_field(luma[int(bottom) :: 2], bottom, first, number))
    return b"".join(out)
