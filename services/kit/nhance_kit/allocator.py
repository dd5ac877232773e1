"""The C library's allocator, set for processes that pass frames on."""

from __future__ import annotations

import ctypes
import platform

# glibc's malloc.h; mallopt(3).
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
BLOCK_BYTES = 64 << 20
KEPT_BYTES = 256 << 20


def keep_freed_memory() -> None:
    """Have blocks of up to 64 MiB come from memory that the process holds already, up to 256 MiB.

    By itself malloc maps large blocks anew and gives them back when they are freed, from a size
    on that depends on what was freed before, and the kernel clears each page that it hands out:
    for the planes of frames that can take a third of the processor time. To be called before there
    are any; without glibc it does nothing.
    """
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(M_MMAP_THRESHOLD, BLOCK_BYTES)
        libc.mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
