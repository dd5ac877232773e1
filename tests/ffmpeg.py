"""The ffmpeg of the wheel imageio-ffmpeg, for clips that PyAV cannot write."""

from __future__ import annotations

import subprocess
from pathlib import Path

import imageio_ffmpeg


def ffmpeg(*arguments: str | Path) -> None:
    """Run it; the last argument is the output."""
    binary = imageio_ffmpeg.get_ffmpeg_exe()
    command = [binary, "-v", "error", "-y", "-bitexact", *map(str, arguments)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
