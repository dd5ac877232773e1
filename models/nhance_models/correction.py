"""A plain correction with ffmpeg's filters: what anyone can do without a network."""

import subprocess

import imageio_ffmpeg
import numpy as np

from nhance_models.colour import Array

# Stretch to black and white, a little more contrast and colour, a little sharper.
FILTERS = (
    "normalize=smoothing=0:independence=0,eq=contrast=1.05:saturation=1.15:gamma=1.05,"
    "unsharp=5:5:0.5"
)


def correct(frame: Array) -> Array:
    """RGB 0..1 [1,H,W,3] through the filters, in eight bits.

    OSError, with what ffmpeg said, when it fails.
    """
    height, width = frame.shape[1:3]
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *raw]
    command += ["-s", f"{width}x{height}", "-i", "-", "-vf", FILTERS, *raw, "-"]
    pixels = np.round(np.clip(frame, 0.0, 1.0) * 255).astype(np.uint8)
    done = subprocess.run(command, input=pixels.tobytes(), capture_output=True, check=False)
    if done.returncode:
        raise OSError(f"ffmpeg failed: {done.stderr.decode(errors='replace').strip()}")
    corrected = np.frombuffer(done.stdout, np.uint8).reshape(1, height, width, 3)
    return corrected.astype(np.float32) / np.float32(255)
