"""Clips with a property to test, generated: no binaries in git."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

SAMPLE_RATE = 48_000


def picture(index: int, height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    """uint8 [H,W,3]: a smooth scene that drifts, with some grain and a bright square."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    shift = 2.0 * index
    scene = np.stack(
        [
            96 + 64 * np.sin((x + shift) / 23),
            110 + 50 * np.cos((y + x - shift) / 31),
            120 + 40 * np.sin(y / 17 + shift / 40),
        ],
        axis=-1,
    )
    grain = np.random.default_rng(seed + index).normal(0, 3, (height, width, 1))
    left = (7 * index) % max(1, width - 16)
    scene[8:24, left : left + 16] = 240
    clipped: NDArray[np.uint8] = np.clip(scene + grain, 0, 255).astype(np.uint8)
    return clipped


def write_clip(
    path: Path,
    *,
    size: tuple[int, int] = (128, 96),
    pts: Sequence[int] | None = None,
    frames: int = 50,
    time_base: Fraction = Fraction(1, 12800),
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    options: dict[str, str] | None = None,
    audio: str | None = "aac",
    cut_at: int | None = None,
    display_matrix: Sequence[int] | None = None,
    sample_aspect_ratio: Fraction | None = None,
    tags: tuple[int, int, int, int] | None = None,
) -> Path:
    """Write a clip; ``size`` is (width, height), ``pts`` in ``time_base``, by default 25 a second.

    ``cut_at`` turns the picture upside down and dark from that frame on; ``tags`` are primaries,
    transfer, matrix and range (ITU-T H.273).
    """
    times = list(pts) if pts is not None else [int(i / 25 / time_base) for i in range(frames)]
    width, height = size
    with av.open(str(path), "w") as container:
        video = container.add_stream(codec, options=options or {"preset": "veryfast"})
        assert isinstance(video, VideoStream)
        video.width, video.height, video.pix_fmt = width, height, pix_fmt
        video.time_base = video.codec_context.time_base = time_base
        video.codec_context.framerate = Fraction(25)
        if sample_aspect_ratio is not None:
            video.codec_context.sample_aspect_ratio = sample_aspect_ratio
        if display_matrix is not None:
            video.set_display_matrix(display_matrix)
        context = video.codec_context
        if tags is not None:
            (
                context.color_primaries,
                context.color_trc,
                context.colorspace,
                context.color_range,
            ) = tags
        sound: AudioStream | None = None
        if audio is not None:
            added = container.add_stream(audio, rate=SAMPLE_RATE)
            assert isinstance(added, AudioStream)
            added.layout = "mono"
            sound = added
        for index, time in enumerate(times):
            rgb = picture(index, height, width)
            if cut_at is not None and index >= cut_at:
                rgb = np.ascontiguousarray(rgb[::-1] // 5)
            frame = VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format=pix_fmt)
            frame.pts, frame.time_base = time, time_base
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if sound is not None:
            _write_tone(container, sound, float(times[-1] * time_base))
    return path


def _write_tone(container: OutputContainer, sound: AudioStream, length_s: float) -> None:
    step = 1024
    for start in range(0, int(length_s * SAMPLE_RATE) + step, step):
        t = (start + np.arange(step)) / SAMPLE_RATE
        wave = (0.2 * np.sin(2 * np.pi * (440 + 40 * t) * t)).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(wave[None], format="fltp", layout="mono")
        frame.sample_rate, frame.pts = SAMPLE_RATE, start
        frame.time_base = Fraction(1, SAMPLE_RATE)
        container.mux(sound.encode(frame))
    container.mux(sound.encode(None))


def frames_of(path: Path) -> list[VideoFrame]:
    """All frames, decoded from the container."""
    with av.open(str(path)) as container:
        return list(container.decode(video=0))


def packets_of(path: Path, kind: str) -> list[tuple[int | None, bytes]]:
    """The (pts, data) of every packet of the first stream of a kind."""
    with av.open(str(path)) as container:
        stream = next(each for each in container.streams if each.type == kind)
        return [(packet.pts, bytes(packet)) for packet in container.demux(stream) if packet.size]


def psnr(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    """Peak signal-to-noise ratio in dB of 8-bit arrays; 99 where they are equal."""
    error = float(np.mean((a.astype(np.float64) - b.astype(np.float64)) ** 2))
    return 99.0 if error == 0 else 10 * float(np.log10(255**2 / error))
