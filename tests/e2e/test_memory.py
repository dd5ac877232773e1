"""Memory and disk do not grow with the length of a video.

A short and a long one pass through the whole stack with the identity servable; the peak memory of
each service is compared, and the local disk is watched while mux works.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
import yaml

from nhance_media.cutting import TARGET_S
from tests import api
from tests.bench.clip import bench_clip, repeated
from tests.local_stack import ROOT, LocalStack, servables_with

HD, UHD = (1280, 720), (3840, 2160)
PIECE_S = 6
WATCHED = ("gateway", "ingest", "enhance", "serving", "mux")
# Enhance and serving hold more while more batches overlap, which a short video has not.
LEVEL = ("gateway", "ingest", "mux")
# What may come on top for a video ten times as long: the index of an MP4 file (FFmpeg's muxer and
# demuxer keep some 100 bytes a packet) and the allocator's mood, and a batch that overlaps another
# as few of a short video's do, as message and as packets.
ALLOWED_GROWTH_BYTES = 40 << 20


@dataclass
class Peaks:
    """The largest resident set of each process, and the most that mux had on the disk, in bytes."""

    memory: dict[str, int] = field(default_factory=dict)
    scratch: int = 0
    output: int = 0


@pytest.fixture
def folder(short_tmp: Path) -> Path:
    folder = short_tmp / uuid4().hex
    (folder / "scratch").mkdir(parents=True)
    return folder


@pytest.fixture
def stack(folder: Path) -> Iterator[LocalStack]:
    servables = servables_with(folder / "servables", "identity")
    scratch = str(folder / "scratch")
    with LocalStack(folder / "data", servables, NHANCE_SCRATCH_DIR=scratch) as running:
        yield running


def watch(stack: LocalStack, scratch: Path, peaks: Peaks, done: threading.Event) -> None:
    watched = {name: stack.processes(name)[0] for name in WATCHED}
    while not done.wait(0.05):
        for name, process in watched.items():
            peaks.memory[name] = max(peaks.memory.get(name, 0), process.memory_info().rss)
        held = 0
        for file in scratch.rglob("*"):
            try:
                held += file.stat().st_size if file.is_file() else 0
            except FileNotFoundError:
                continue
        peaks.scratch = max(peaks.scratch, held)


def peaks_of(
    stack: LocalStack, folder: Path, size: tuple[int, int], seconds: int, rate: int
) -> Peaks:
    piece = bench_clip(folder / "piece.mp4", size, PIECE_S * rate, rate)
    clip = repeated(piece, folder / f"{seconds}s.mp4", seconds // PIECE_S)
    peaks, done = Peaks(), threading.Event()
    watcher = threading.Thread(target=watch, args=(stack, folder / "scratch", peaks, done))
    watcher.start()
    started = time.monotonic()
    try:
        options = {"model": "identity", "preset": "ultrafast", "comparison": "none"}
        answer = api.post(stack.url, clip, **options)
        assert answer.status_code == 202, answer.text
        job = api.finished(stack.url, answer.json()["id"], within_s=4 * 3600, every_s=1.0)
    finally:
        done.set()
        watcher.join()
    assert job["state"] == "succeeded", job["error"]
    peaks.output = job["output"]["bytes"]
    megabytes = ", ".join(f"{name} {size / 1e6:.0f} MB" for name, size in peaks.memory.items())
    print(
        f"{seconds} s of {size[1]}p{rate}, {clip.stat().st_size / 1e6:.0f} MB in, "
        f"{peaks.output / 1e6:.0f} MB out, {time.monotonic() - started:.0f} s: {megabytes}; "
        f"mux's scratch {peaks.scratch / 1e6:.0f} MB"
    )
    assert job["progress"]["frames_done"] == seconds * rate
    return peaks


def allowed(name: str) -> int:
    """The memory that a service's container may have in a cluster, bytes."""
    for manifest in (ROOT / "deploy/base").rglob("*.yaml"):
        for one in yaml.safe_load_all(manifest.read_text()):
            if one["kind"] == "Deployment":
                pod = one["spec"]["template"]["spec"]
                for container in [*pod["containers"], *pod.get("initContainers", [])]:
                    if container["name"] == name:
                        return (
                            int(container["resources"]["limits"]["memory"].removesuffix("Gi")) << 30
                        )
    raise LookupError(name)


def compare(
    stack: LocalStack, folder: Path, size: tuple[int, int], short_s: int, long_s: int, rate: int
) -> None:
    short = peaks_of(stack, folder, size, short_s, rate)
    stack.stop()
    stack.start()
    long = peaks_of(stack, folder, size, long_s, rate)

    batch = int(2 * TARGET_S * long.output / long_s)
    for name in LEVEL:
        assert long.memory[name] - short.memory[name] <= ALLOWED_GROWTH_BYTES + batch, name
    for name in WATCHED:
        assert long.memory[name] <= allowed(name), name
    assert long.scratch <= 1.02 * long.output


def test_ten_times_as_long_takes_no_more(stack: LocalStack, folder: Path) -> None:
    compare(stack, folder, HD, 6, 60, 12)


@pytest.mark.slow
def test_half_an_hour_takes_no_more_than_three_minutes(stack: LocalStack, folder: Path) -> None:
    compare(stack, folder, HD, 180, 1800, 25)


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [60, 600])
def test_four_k_at_sixty_takes_no_more_than_six_seconds_of_it(
    stack: LocalStack, folder: Path, seconds: int
) -> None:
    compare(stack, folder, UHD, 6, seconds, 60)
