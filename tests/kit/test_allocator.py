"""What a process does with the memory of the frames that it has passed on."""

from __future__ import annotations

import subprocess
import sys

import pytest

COUNTED = """
import resource, sys
import numpy as np
from nhance_kit.allocator import keep_freed_memory

if sys.argv[1] == "kept":
    keep_freed_memory()
# A block that is freed first decides, unless told otherwise, from what size on memory is mapped.
sizes = [48 << 20, 8 << 20, 48 << 20]
for size in sizes:
    np.ones(size, np.uint8)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    for size in sizes:
        np.ones(size, np.uint8)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="skipped: glibc's allocator only")
def test_memory_that_was_freed_is_used_again_without_the_kernel() -> None:
    pages = {
        how: int(subprocess.check_output([sys.executable, "-c", COUNTED, how]))
        for how in ("kept", "as it comes")
    }
    assert pages["kept"] < 1000 < pages["as it comes"]
