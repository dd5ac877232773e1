"""Copied packets reach the muxer in times that ascend, whatever the source says."""

from __future__ import annotations

import struct
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import pytest

from nhance_media.ascending import Ascending
from tests.clips import packets_of, write_clip
from tests.ffmpeg import ffmpeg
from tests.media.muxed import mux
from tests.media.sources import edit, moov_of, reindex, write_with_sound

CD = Fraction(1, 44_100)


def packet(dts: int, time_base: Fraction = CD, duration: int = 1024) -> av.Packet[Any]:
    made: av.Packet[Any] = av.Packet(b"x")
    made.pts = made.dts = dts
    made.duration, made.time_base = duration, time_base
    return made


def settled(given: list[av.Packet[Any]], apart: int = 1) -> tuple[list[int | None], int]:
    """The dts of the packets that are kept, and how many warnings there are."""
    clock = Ascending(CD, apart)
    kept = [each for each in given if clock.settle(each) is not None]
    assert all(each.pts == each.dts and each.time_base == CD for each in kept)
    stream: Any = SimpleNamespace(index=1, type="audio")
    return [each.dts for each in kept], len(list(clock.warnings(stream)))


def test_good_times_are_only_rescaled() -> None:
    given = [packet(each, Fraction(1, 88_200)) for each in (-2048, 0, 2048, 10**9)]
    assert ([-1024, 0, 1024, 5 * 10**8], 0) == settled(given)


def test_times_are_compared_in_the_output() -> None:
    """Two ticks of 90 kHz may be one of 44.1 kHz."""
    given = [packet(each, Fraction(1, 90_000)) for each in (0, 2089, 2090, 2090, 4180)]
    assert ([0, 1024, 1025, 1026, 2048], 1) == settled(given)


def test_where_times_may_be_equal_they_stay() -> None:
    assert ([0, 7, 7, 8], 0) == settled([packet(each) for each in (0, 7, 7, 8)], apart=0)
    assert ([0, 7, 7, 8], 1) == settled([packet(each) for each in (0, 7, 6, 8)], apart=0)


def test_a_clock_that_jumps_back_is_continued() -> None:
    given = [packet(each) for each in (90_000, 91_024, 0, 1024)]
    assert ([90_000, 91_024, 92_048, 93_072], 1) == settled(given)


def sound(path: Path) -> tuple[int | None, int]:
    """The pts of the first frame of sound and the number of all samples, decoded."""
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
        return frames[0].pts, sum(frame.samples for frame in frames)


@pytest.mark.parametrize(
    "edits", [[(0.3, 0.7), (1.9, 1.5)], [(0, 2), (2, 2)], [(3, 1), (0.5, 1), (2.6, 0.8)]]
)
@pytest.mark.parametrize("extension", ["mp4", "mov"])
def test_edits_have_their_sound(
    tmp_path: Path, edits: list[tuple[float, float]], extension: str
) -> None:
    options = {"g": "50", "bf": "0", "preset": "ultrafast"}
    source = tmp_path / f"source.{extension}"
    edit(write_clip(source, options=options, frames=100), edits)

    output, left_out = mux(source, tmp_path)

    assert ["stream-cut-short"] == [warning.code for warning in left_out]
    assert sound(source) == sound(output)


def test_a_second_video_ends_with_its_first_edit(tmp_path: Path) -> None:
    """Its pictures could not be decoded without those that an edit begins with."""
    source = tmp_path / "source.mp4"
    clip = ["-f", "lavfi", "-i", "testsrc2=s=128x96:r=25:d=4", "-c:v", "libx264", "-bf", "0"]
    ffmpeg(*clip, "-map", "0", "-map", "0", "-g", "50", source)
    edit(source, [(0.3, 0.7), (1.9, 1.5)])

    output, left_out = mux(source, tmp_path)

    assert ["Stream 1 (video, h264) ends early: only its first edit can be copied."] == [
        warning.sentence for warning in left_out
    ]
    with av.open(str(output)) as container:
        last = list(container.decode(video=1))[-1]
        assert 0.66 <= last.time <= 2


def test_sound_that_stands_still_goes_on(tmp_path: Path) -> None:
    source = write_with_sound(tmp_path / "source.mp4", "aac")
    moov = moov_of(source)
    times = moov.every(b"trak")[1].find(b"mdia", b"minf", b"stbl", b"stts")
    assert times is not None
    entries = [(10, 1024), (1, 0), (100, 1024)]  # ISO/IEC 14496-12 §8.6.1.2
    times.content = struct.pack(">II", 0, 3) + b"".join(struct.pack(">II", *e) for e in entries)
    reindex(source, moov)

    output, left_out = mux(source, tmp_path)

    (before, after) = (packets_of(each, "audio") for each in (source, output))
    assert [data for _, data in before] == [data for _, data in after]
    assert sound(source) == sound(output)
    moved = [(was, now) for (was, _), (now, _) in zip(before, after, strict=True) if was != now]
    assert [(9216, 9217)] == moved
    assert [
        "1 packets of stream 1 (audio) came no later than the one before; each was moved to "
        "the next free tick (0.0208 ms)."
    ] == [warning.sentence for warning in left_out]


def test_joined_sound_goes_on_with_the_video(tmp_path: Path) -> None:
    """A transport stream whose clock starts anew in the middle."""
    clip = ["-f", "lavfi", "-i", "testsrc2=s=128x96:r=25:d=3"]
    tone = ["-f", "lavfi", "-i", "sine=440:d=3:r=44100"]
    ffmpeg(*clip, *tone, "-g", "12", "-c:v", "libx264", "-c:a", "aac", tmp_path / "one.ts")
    source = tmp_path / "twice.ts"
    source.write_bytes((tmp_path / "one.ts").read_bytes() * 2)

    output, left_out = mux(source, tmp_path)

    before, after = packets_of(source, "audio"), packets_of(output, "audio")
    assert [data[7:] for _, data in before] == [data for _, data in after]  # without ADTS headers
    times = [pts or 0 for pts, _ in after]
    assert all(1000 < after - before < 1050 for before, after in pairwise(times))
    assert [
        "The clock of stream 1 (audio) jumps back 1 times; it was continued without a gap there."
    ] == [warning.sentence for warning in left_out]
