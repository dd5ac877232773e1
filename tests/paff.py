"""H.264 whose fields are pictures of their own (PAFF), which no encoder at hand writes.

Every macroblock is stored as its samples (I_PCM), so that no transform is needed. The names are
those of ITU-T H.264, §7.3.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

GREY = bytes([128] * 128)


class _Bits:
    def __init__(self) -> None:
        self._bits: list[str] = []

    def u(self, width: int, value: int) -> _Bits:
        self._bits.append(f"{value:0{width}b}")
        return self

    def ue(self, *values: int) -> _Bits:
        for value in values:
            code = f"{value + 1:b}"
            self._bits.append("0" * (len(code) - 1) + code)
        return self

    def aligned(self) -> _Bits:
        self._bits = ["".join(self._bits)]
        return self.u(-len(self._bits[0]) % 8, 0) if len(self._bits[0]) % 8 else self

    def append(self, data: bytes) -> None:
        self._bits.append("".join(f"{byte:08b}" for byte in data))

    def nal(self, header: int) -> bytes:
        """With its start code, trailing bits and emulation prevention (§7.4.1)."""
        self.u(1, 1).aligned()
        bits = "".join(self._bits)
        raw = int(bits, 2).to_bytes(len(bits) // 8, "big")
        out = bytearray([header])
        zeros = 0
        for byte in raw:
            if zeros == 2 and byte <= 3:
                out.append(3)
                zeros = 0
            out.append(byte)
            zeros = zeros + 1 if byte == 0 else 0
        return b"\0\0\0\1" + bytes(out)


def _parameter_sets(width: int, height: int) -> bytes:
    sps = _Bits().u(8, 77).u(8, 0).u(8, 30)
    # id, log2_max_frame_num - 4, pic_order_cnt_type, max_num_ref_frames
    sps.ue(0, 0, 2, 1).u(1, 0).ue(width // 16 - 1, height // 32 - 1)
    sps.u(1, 0).u(1, 0).u(1, 1).u(1, 0).u(1, 0)  # fields; no MBAFF; direct_8x8; no crop; no VUI
    pps = _Bits().ue(0, 0).u(1, 0).u(1, 0).ue(0, 0, 0).u(1, 0).u(2, 0).ue(0, 0, 0)
    pps.u(1, 1).u(1, 0).u(1, 0)  # the deblocking filter is told of in slices
    return sps.nal(0x67) + pps.nal(0x68)


def _field(luma: NDArray[np.uint8], bottom: bool, first: bool, number: int) -> bytes:
    """An I field; the first one of a frame is an IDR picture."""
    slice_ = _Bits().ue(0, 7, 0).u(4, 0).u(1, 1).u(1, bottom)
    if first:
        slice_.ue(number % 2).u(2, 0)
    else:
        slice_.u(1, 0)
    slice_.ue(0, 1)  # slice_qp_delta, disable_deblocking_filter_idc
    for top in range(0, luma.shape[0], 16):
        for left in range(0, luma.shape[1], 16):
            slice_.ue(25).aligned().append(luma[top : top + 16, left : left + 16].tobytes() + GREY)
    return slice_.nal(0x65 if first else 0x61)


def paff(frames: Sequence[NDArray[np.uint8]], top_first: bool) -> bytes:
    """A byte stream of luma [H,W], H a multiple of 32 and W of 16."""
    height, width = frames[0].shape
    out = [_parameter_sets(width, height)]
    for number, luma in enumerate(frames):
        for first in (True, False):
            bottom = first != top_first
            out.append(_field(luma[int(bottom) :: 2], bottom, first, number))
    return b"".join(out)
