"""What a GPU makes of a servable: frames a second by size and batch, memory, and its answer.

    python -m tests.bench.card SERVABLE/1 ...

It needs TensorFlow and numpy alone, and TensorFlow has to see a GPU. Planes go from the
processor's memory to the card and back, as a model server's do. Beside the rates stand how far
the answer is from the processor's, in codes, and the answer's digest: run it twice, and equal
digests say that the card gives the same bytes in another process.
"""

from __future__ import annotations

import hashlib
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import tensorflow as tf

from nhance_models.colour import Array, yuv_to_rgb_matrix
from nhance_models.data import Pixels
from nhance_models.loaded import Loaded, Planes

SIZES = {"720p": (720, 1280), "1080p": (1080, 1920), "2160p": (2160, 3840)}
BATCHES = (1, 2, 4)
ROUNDS = 7
GPU = "GPU:0"
SEED = 7


def planes(height: int, width: int, frames: int) -> Planes:
    """Something like pictures: slow waves with grain on top; NV12, uint8."""
    random = np.random.default_rng(SEED)

    def plane(height: int, width: int, channels: int) -> Pixels:
        y, x = np.mgrid[:height, :width]
        waves = 110 + 70 * np.sin(9 * x / width + 4 * y / height)
        grain = random.normal(0, 6, (frames, height, width, channels))
        made: Pixels = np.clip(waves[None, ..., None] + grain, 0, 255).astype(np.uint8)
        return made

    return plane(height, width, 1), plane(height // 2, width // 2, 2)


def enhanced(model: Loaded, given: Planes, matrix: Array) -> Planes:
    look = None
    if model.has_look:
        look = np.repeat(model.look((given[0][:1], given[1][:1]), matrix), len(given[0]), axis=0)
    return model.enhance(given, matrix, look)


def row(model: Loaded, given: Planes, matrix: Array) -> tuple[float, float]:
    """Frames a second, the median; and the most memory of the card that was in use, MB."""
    for _ in range(3):
        enhanced(model, given, matrix)
    tf.config.experimental.reset_memory_stats(GPU)
    took = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        enhanced(model, given, matrix)
        took.append(time.perf_counter() - started)
    peak = tf.config.experimental.get_memory_info(GPU)["peak"]
    return len(given[0]) / statistics.median(took), peak / 1e6


def main() -> None:
    cards = tf.config.list_physical_devices("GPU")
    if not cards:
        sys.exit("TensorFlow sees no GPU here.")
    tf.config.experimental.set_memory_growth(cards[0], True)
    name = tf.config.experimental.get_device_details(cards[0]).get("device_name")
    matrix = yuv_to_rgb_matrix("bt709", full_range=False)
    print(f"{name}; TensorFlow {tf.__version__}, numpy {np.__version__}")
    heads = ("frames/s", "MB", "codes off", "most", "digest")
    print(f"{'servable':24}{'size':>8}{'batch':>6}" + "".join(f"{head:>11}" for head in heads))
    for folder in map(Path, sys.argv[1:]):
        with tf.device("CPU:0"):
            on_processor = Loaded.read(folder)
        on_card = Loaded.read(folder)
        for label, (height, width) in SIZES.items():
            for batch in BATCHES:
                given = planes(height, width, batch)
                rate, memory = row(on_card, given, matrix)
                answer = enhanced(on_card, given, matrix)
                digest = hashlib.sha256(answer[0].tobytes() + answer[1].tobytes()).hexdigest()[:8]
                off = most = float("nan")
                if (label, batch) == ("720p", 1):
                    with tf.device("CPU:0"):
                        truth = enhanced(on_processor, given, matrix)
                    apart = [
                        np.abs(one.astype(int) - other)
                        for one, other in zip(answer, truth, strict=True)
                    ]
                    off = float(np.mean([(one > 0).mean() for one in apart]))
                    most = max(one.max() for one in apart)
                print(
                    f"{folder.parent.name:24}{label:>8}{batch:>6}{rate:>11.1f}{memory:>11.0f}"
                    f"{off:>11.2%}{most:>11.0f}{digest:>11}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
