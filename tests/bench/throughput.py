"""Frames per second of decoding, the model and encoding, each alone, and of a job end to end.

Run as ``make bench``. The three parts and the job are measured in turn, round after round, and the
medians are printed: machines are noisy, and only figures taken side by side compare. On a processor
the parts share the cores, so a job can at best take as long as the three together; the last column
is how much longer it takes.
"""

from __future__ import annotations

import os
import platform
import statistics
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime
from importlib.metadata import version
from itertools import chain, islice, repeat
from pathlib import Path

import numpy as np

from nhance_enhance.model_client import Model, ModelClient
from nhance_enhance.pipeline import IN_FLIGHT, frames_a_call
from nhance_kit.allocator import keep_freed_memory
from nhance_kit.jobs import JobOptions
from nhance_media.batches import config_of, message_of
from nhance_media.colour import yuv_to_rgb
from nhance_media.decoding import decode
from nhance_media.encoding import Quality, SegmentEncoder, target_of
from nhance_media.looks import Look, Picture
from nhance_media.recutting import frame_batches
from nhance_media.samples import from_nv12, samples_of, to_nv12
from nhance_media.source import main_video, open_source
from nhance_proto.v1.frame_batch_pb2 import FrameBatch
from tests import api
from tests.bench.clip import bench_clip
from tests.local_stack import LocalStack, servables_with

SIZES = {"360p": (640, 360), "720p": (1280, 720)}
# Enough frames that starting up does not count, few enough that DPED ends today.
FRAMES = {"dped": 10, "look": 500, "look-live": 500}
ROUNDS = 3
OPTIONS = JobOptions()


def batches_of(path: Path) -> list[FrameBatch]:
    with path.open("rb") as file, open_source(file) as container:
        video = main_video(container)
        assert video.time_base is not None
        packets = (message_of(packet) for packet in container.demux(video) if packet.size)
        return list(frame_batches(config_of(video), video.time_base, packets))


def pictures_of(batches: list[FrameBatch]) -> Iterator[Picture]:
    for batch in batches:
        for frame in decode(batch):
            if frame.pts is not None and frame.pts < batch.end_pts:
                yield Picture(frame.pts, frame.duration, *to_nv12(samples_of(frame)))


def run_model(model: Model, pictures: list[Picture], batch: FrameBatch) -> None:
    """The calls that enhance makes for these frames, and a look a second."""
    matrix = yuv_to_rgb(batch.video)
    height, width = pictures[0].luma.shape[:2]
    rest = iter(pictures)
    waiting: deque[object] = deque()
    seen = 0
    looks: Iterator[Look | None] = repeat(None)
    size = frames_a_call(batch.frames, height, width)
    while group := list(islice(rest, size)):
        if model.info.has_look and seen // 25 != (seen - len(group)) // 25:
            look = model.look(group[0].luma[None], group[0].chroma[None], matrix)[0]
            looks = repeat(look)
        chosen = [look for look in islice(looks, len(group)) if look is not None]
        waiting.append(
            model.start_enhance(
                np.stack([picture.luma for picture in group]),
                np.stack([picture.chroma for picture in group]),
                matrix,
                OPTIONS.strength,
                np.stack(chosen) if chosen else None,
            )
        )
        seen += len(group)
        if len(waiting) == IN_FLIGHT:
            waiting.popleft().result()  # type: ignore[attr-defined]
    for call in waiting:
        call.result()  # type: ignore[attr-defined]


def run_encoder(pictures: list[Picture], batch: FrameBatch) -> None:
    target = target_of(batch.video, OPTIONS.sdr, OPTIONS.codec)
    encoder = SegmentEncoder(target, Quality(OPTIONS.crf, OPTIONS.preset))
    packets = chain.from_iterable(
        encoder.encode(from_nv12(picture.luma, picture.chroma), picture.pts, picture.duration)
        for picture in pictures
    )
    deque(chain(packets, encoder.finish()), maxlen=0)


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def run_job(stack: LocalStack, clip: Path, model: str) -> float:
    """Seconds from the start of the upload until the job, by its own word, has succeeded.

    It is asked after once a second only: on two cores, asking costs the model its barriers.
    """
    started = time.time()
    answer = api.post(stack.url, clip, model=model, comparison="none")
    job = api.finished(stack.url, answer.json()["id"], within_s=900, every_s=1.0)
    assert job["state"] == "succeeded", job["error"]
    return datetime.fromisoformat(job["finished_at"]).timestamp() - started


def measure(stack: LocalStack, clip: Path, name: str, label: str) -> float:
    """Prints a row, and returns the model's frames per second."""
    batches = batches_of(clip)
    pictures = list(pictures_of(batches))
    with ModelClient(stack.serving_address) as client:
        model = client.model(name)
        parts: dict[str, Callable[[], float]] = {
            "decode": lambda: seconds(lambda: deque(pictures_of(batches), maxlen=0)),
            "model": lambda: seconds(lambda: run_model(model, pictures, batches[0])),
            "encode": lambda: seconds(lambda: run_encoder(pictures, batches[0])),
            "end to end": lambda: run_job(stack, clip, name),
        }
        run_model(model, pictures[:2], batches[0])
        times: dict[str, list[float]] = {part: [] for part in parts}
        for _ in range(ROUNDS):
            for part, timed in parts.items():
                times[part].append(timed())
    middle = {part: statistics.median(found) for part, found in times.items()}
    together = sum(middle[part] for part in ("decode", "model", "encode"))
    rates = "".join(f"{len(pictures) / middle[part]:>12.2f}" for part in parts)
    ratio = middle["end to end"] / together
    print(f"{name:10}{label:>6}{len(pictures):>8}{rates}{ratio:>14.2f}", flush=True)
    return len(pictures) / middle["model"]


def machine() -> str:
    cpu = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            cpu = line.partition(":")[2].strip()
            break
    versions = ", ".join(
        f"{name} {version(name)}" for name in ("av", "tensorflow-cpu", "grpcio", "numpy")
    )
    return f"{cpu}, {os.cpu_count()} cores; Python {platform.python_version()}, {versions}"


def main() -> None:
    keep_freed_memory()  # as the workers do
    print(machine())
    with tempfile.TemporaryDirectory(prefix="nhance-bench-") as name:
        folder = Path(name)
        servables = servables_with(folder / "servables", *FRAMES)
        with LocalStack(folder / "data", servables) as stack:
            print("frames per second, medians of", ROUNDS)
            columns = "".join(f"{part:>12}" for part in ("decode", "model", "encode", "end to end"))
            print(f"{'model':10}{'size':>6}{'frames':>8}{columns}{'time/sum of 3':>14}")
            rates = {}
            for model, frames in FRAMES.items():
                for label, size in SIZES.items():
                    clip = bench_clip(folder / f"{model}-{label}.mp4", size, frames)
                    rates[model, label] = measure(stack, clip, model, label)
            for model in ("look", "look-live"):
                ratio = rates[model, "720p"] / rates["dped", "720p"]
                print(f"at 720p, the model {model} runs {ratio:.0f} times as fast as dped")


if __name__ == "__main__":
    main()
