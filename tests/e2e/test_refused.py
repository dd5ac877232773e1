"""What is no video is refused with a sentence that says why, and leaves nothing behind."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path

import av
import httpx
import pytest
from PIL import Image

from nhance_kit.objects import ObjectStore
from tests import api
from tests.clips import SAMPLE_RATE, write_clip

Make = Callable[[Path], Path]


def no_video(folder: Path) -> Path:
    path = folder / "notes.txt"
    path.write_text("These are my notes.\n" * 100)
    return path


def empty(folder: Path) -> Path:
    path = folder / "empty.mp4"
    path.touch()
    return path


def cut_off_before_the_index(folder: Path) -> Path:
    path = write_clip(folder / "whole.mp4", frames=100)
    path.write_bytes(path.read_bytes()[:20_000])
    return path


def cut_off_after_the_index(folder: Path) -> Path:
    path = write_clip(folder / "whole.mp4", frames=100, audio=None)
    fast = folder / "fast.mp4"
    with (
        av.open(str(path)) as source,
        av.open(str(fast), "w", options={"movflags": "faststart"}) as target,
    ):
        stream = target.add_stream_from_template(source.streams.video[0], opaque=True)
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                target.mux(packet)
    fast.write_bytes(fast.read_bytes()[: fast.stat().st_size * 6 // 10])
    return fast


def cut_off_matroska(folder: Path) -> Path:
    path = write_clip(folder / "whole.mkv", frames=250, audio=None)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def sound_only(folder: Path) -> Path:
    path = folder / "sound.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(bytes(2 * SAMPLE_RATE))
    return path


def sound_in_a_video_container(folder: Path) -> Path:
    path = write_clip(folder / "clip.mp4", frames=50)
    sound = folder / "sound.m4a"
    with av.open(str(path)) as source, av.open(str(sound), "w", format="mp4") as target:
        stream = target.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(audio=0):
            if packet.size:
                packet.stream = stream
                target.mux(packet)
    return sound


def a_picture(folder: Path) -> Path:
    path = folder / "photo.jpg"
    Image.new("RGB", (640, 480), (90, 120, 60)).save(path)
    return path


CASES = [
    (no_video, 415, "not a video"),
    (empty, 422, "empty"),
    (cut_off_before_the_index, 422, "cut off"),
    (cut_off_after_the_index, 422, "cut off"),
    (cut_off_matroska, 422, "cut off"),
    (sound_only, 415, "sound"),
    (sound_in_a_video_container, 422, "sound only"),
    (a_picture, 415, "picture"),
]


@pytest.mark.parametrize(("make", "status", "why"), CASES)
def test_it_is_refused_and_leaves_nothing(
    stack: str, bucket: ObjectStore, tmp_path: Path, make: Make, status: int, why: str
) -> None:
    objects = bucket.keys("")
    before = httpx.get(f"{stack}/v1/jobs", params={"limit": 100}).json()["jobs"]

    answer = api.post(stack, make(tmp_path))

    assert (status, "application/problem+json") == (
        answer.status_code,
        answer.headers["content-type"],
    )
    assert why in answer.json()["detail"]
    assert httpx.get(f"{stack}/v1/jobs", params={"limit": 100}).json()["jobs"] == before
    assert objects == bucket.keys("")
