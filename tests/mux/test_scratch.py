"""What a killed mux left on the disk goes when the next one starts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from nhance_mux.scratch import clear, scratch_directory


def test_only_what_nobody_writes_any_more_is_cleared(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    left = [tmp_path / f"nhance-mux-{pid}-abc_1" for pid in (ended.pid, os.getpid())]
    kept = [tmp_path / f"nhance-mux-{os.getppid()}-abc", tmp_path / "nhance-mux-mine"]
    for directory in [*left, *kept]:
        directory.mkdir()
        (directory / "output.mp4").write_bytes(b"half")

    clear(tmp_path)

    assert sorted(kept) == sorted(tmp_path.iterdir())


def test_a_directory_goes_with_what_was_done_in_it(tmp_path: Path) -> None:
    with scratch_directory(tmp_path) as directory:
        assert [directory] == list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())
