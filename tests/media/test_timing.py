"""Each frame has a time of its own, whatever the container says, and no frame is lost for it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import pytest
from av.video.stream import VideoStream

from nhance_media.timing import Timing
from nhance_proto.v1.frame_batch_pb2 import Packet
from tests.clips import frames_of, write_clip
from tests.ffmpeg import ffmpeg
from tests.identity import through
from tests.media.sources import edit

MS = Fraction(1, 1000)


def packets(*times: tuple[int | None, int | None]) -> list[Packet]:
    return [Packet(pts=pts, dts=dts, duration=40, data=b"x") for pts, dts in times]


def settled(given: list[Packet]) -> tuple[list[int], list[str]]:
    timing = Timing(MS)
    pts = [packet.pts for packet in timing.settled(given)]
    return pts, [warning.sentence for warning in timing.warnings()]


def test_good_times_are_left_alone() -> None:
    reordered = packets((-80, -160), (80, -120), (0, -80), (-40, -40), (9000, 0), (10**12, 40))
    assert settled(reordered) == ([-80, 80, 0, -40, 9000, 10**12], [])


def test_a_second_frame_with_the_same_time_is_moved_by_a_tick() -> None:
    pts, said = settled(packets((0, 0), (40, 40), (40, 41), (41, 42), (80, 80)))
    assert pts == [0, 40, 41, 42, 80]
    assert said == [
        "2 frames had the same time as another one or one long gone; each was moved to the next "
        "free tick (1 ms), so that none is lost."
    ]


def test_any_number_of_frames_may_have_the_same_time() -> None:
    pts, _ = settled(packets(*[(7, index) for index in range(60_000)]))
    assert len(set(pts)) == 60_000
    assert pts == sorted(pts)


def test_a_packet_without_a_time_follows() -> None:
    pts, said = settled(packets((0, 0), (None, 40), (None, None), (120, None)))
    assert pts == [0, 40, 80, 120]
    assert said == ["2 frames had no time; they follow the ones before them."]


def test_a_clock_that_jumps_back_is_continued() -> None:
    pts, said = settled(packets((3_600_000, 3_600_000), (3_600_040, 3_600_040), (0, 0), (40, 40)))
    assert pts == [3_600_000, 3_600_040, 3_600_080, 3_600_120]
    assert len(said) == 1


def hidden(*times: tuple[int, int]) -> list[Packet]:
    """What is decoded only; the first is a keyframe."""
    found = packets(*times)
    for packet in found:
        packet.discard = True
    found[0].keyframe = True
    return found


def test_what_a_later_edit_begins_with_changes_no_time() -> None:
    """It has times of the edit before, or seconds before those, and no batch begins with it."""
    first = [*packets((0, 0), (80, 40), (40, 80)), *hidden(*[(n, n) for n in range(120, 4000, 40)])]
    preroll = hidden(*[(n, n) for n in range(-3880, 120, 40)])
    second = packets((120, 120), (200, 160), (160, 200))
    pts, said = settled([*first, *preroll, *second])
    assert pts[:3] == [0, 80, 40]
    assert pts[-3:] == [120, 200, 160]
    assert not {*pts[3:-3]} & {*pts[:3], *pts[-3:]}
    assert not any(packet.keyframe for packet in preroll)
    assert said == []


def test_what_the_first_edit_begins_with_keeps_its_times() -> None:
    preroll = hidden((-80, -80), (-40, -40))
    assert settled([*preroll, *packets((0, 0))]) == ([-80, -40, 0], [])
    assert preroll[0].keyframe


def test_other_parameters_begin_after_all_that_was_shown() -> None:
    """A batch begins there, whether the frame is shown or not."""
    changed = hidden((-40, 41), (0, 42))
    changed[0].extradata = b"x"
    pts, said = settled([*packets((0, 0), (40, 40)), *changed, *packets((80, 80))])
    assert pts[2] == 41
    assert pts[4] == 80
    assert changed[0].keyframe
    assert said == []


def stamped(path: Path, source: Path, pts: Sequence[int], time_base: Fraction) -> Path:
    """A copy of an intra-only or B-frame-less clip with other times."""
    with av.open(str(source)) as before, av.open(str(path), "w") as after:
        video = after.add_stream_from_template(before.streams.video[0])
        assert isinstance(video, VideoStream)
        video.time_base = time_base
        found = [packet for packet in before.demux(video=0) if packet.size]
        for packet, time in zip(found, pts, strict=True):
            packet.time_base, packet.pts, packet.dts = time_base, time, time
            packet.stream = video
            after.mux_one(packet)
    return path


def seen(path: Path) -> list[Fraction]:
    return [Fraction(frame.pts or 0) * Fraction(frame.time_base or 0) for frame in frames_of(path)]


TICKS = {
    "1/600": (Fraction(1, 600), [0, 20, 40, 61, 80, 5000, 5020]),
    "1/90000": (Fraction(1, 90_000), [3003 * index + 126_000 for index in range(20)]),
    "1/1000000": (Fraction(1, 1_000_000), [33_367 * index + index % 3 for index in range(20)]),
    "30000/1001": (Fraction(1001, 30_000), list(range(20))),
    "negative": (Fraction(1, 12_800), [512 * index - 5 * 512 for index in range(20)]),
    "240 a second, variable": (Fraction(1, 240), [0, 1, 2, 3, 50, 51, 52, 400]),
}


@pytest.mark.parametrize("name", TICKS)
@pytest.mark.parametrize("extension", ["mp4", "mov", "mkv"])
def test_times_come_back_to_the_tick(tmp_path: Path, name: str, extension: str) -> None:
    time_base, pts = TICKS[name]
    options = {"bf": "2", "g": "5", "preset": "ultrafast"}
    source = write_clip(
        tmp_path / f"source.{extension}", pts=pts, time_base=time_base, options=options, audio=None
    )
    given = through(source, tmp_path, target_s=0.1, preset="ultrafast")
    assert seen(source) == seen(given.path)
    assert given.warnings == []


def test_frames_with_one_time_are_kept_and_told_of(tmp_path: Path) -> None:
    plain = write_clip(
        tmp_path / "plain.mkv", codec="mjpeg", pix_fmt="yuvj420p", frames=8, audio=None
    )
    times = [0, 40, 40, 80, 120, 120, 120, 160]
    source = stamped(tmp_path / "source.mkv", plain, times, MS)
    given = through(source, tmp_path, target_s=0.05, preset="ultrafast")
    assert [float(time) for time in seen(given.path)] == [
        0.0, 0.04, 0.041, 0.08, 0.12, 0.121, 0.122, 0.16,
    ]  # fmt: skip
    assert [code for code, _ in given.warnings] == ["times-changed"]


@pytest.mark.parametrize("codec", [["libx264", "-bf", "3"], ["mpeg4", "-bf", "2"]])
def test_avi_knows_decoding_times_only(tmp_path: Path, codec: list[str]) -> None:
    """The frames come in their order, 25 a second: as MP4 has them, which says both times."""
    clip = ["-f", "lavfi", "-i", "testsrc2=s=128x96:r=25:d=2", "-g", "12", "-c:v", *codec]
    ffmpeg(*clip, tmp_path / "source.mp4")
    ffmpeg("-i", tmp_path / "source.mp4", "-c", "copy", tmp_path / "source.avi")
    given = through(tmp_path / "source.avi", tmp_path, target_s=0.2, preset="ultrafast")
    times = seen(given.path)
    assert given.frames == 50
    assert [time - times[0] for time in times] == [Fraction(index, 25) for index in range(50)]
    assert given.warnings == []
    assert given.batches > 2


@pytest.mark.parametrize("container", ["ts", "mpg"])
def test_raw_streams_keep_their_times(tmp_path: Path, container: str) -> None:
    codec = {"ts": "libx264", "mpg": "mpeg2video"}[container]
    source = tmp_path / f"source.{container}"
    clip = ["-f", "lavfi", "-i", "testsrc2=s=128x96:r=30000/1001:d=2", "-g", "12", "-bf", "2"]
    ffmpeg(*clip, "-c:v", codec, source)
    given = through(source, tmp_path, target_s=0.2, preset="ultrafast")
    assert seen(source) == seen(given.path)
    assert given.frames == 60


def test_edit_lists_are_obeyed(tmp_path: Path) -> None:
    """Cut in the middle of a GOP, and starting late: as any player shows them."""
    write_clip(tmp_path / "whole.mp4", options={"g": "25", "bf": "2"}, frames=75)
    ffmpeg("-ss", "1.3", "-i", tmp_path / "whole.mp4", "-c", "copy", tmp_path / "skips.mp4")
    late: list[str | Path] = [
        "-itsoffset",
        "0.7",
        "-i",
        tmp_path / "whole.mp4",
        "-i",
        tmp_path / "whole.mp4",
    ]
    ffmpeg(*late, "-map", "0:v", "-map", "1:a", "-c", "copy", tmp_path / "late.mp4")
    for name in ("skips.mp4", "late.mp4"):
        source = tmp_path / name
        given = through(source, tmp_path, target_s=0.5, preset="ultrafast")
        assert seen(source) == seen(given.path), name
        assert given.warnings == []
    assert seen(tmp_path / "late.mp4")[0] == Fraction(7, 10)


EDITS = {
    "parts": [(0.3, 0.7), (1.9, 1.5)],
    "parts, the second from far into a GOP": [(0.3, 0.7), (1.8, 1.5)],
    "joined": [(0, 2), (2, 2)],
    "the other way round": [(3, 1), (0.5, 1), (2.6, 0.8)],
}


@pytest.mark.parametrize("edits", EDITS.values(), ids=EDITS)
@pytest.mark.parametrize("gop", ["12", "50"])
@pytest.mark.parametrize("extension", ["mp4", "mov"])
def test_every_edit_has_its_times(
    tmp_path: Path, edits: list[tuple[float, float]], gop: str, extension: str
) -> None:
    """With GOPs of half a second and of two: more of them is decoded only than JUMP_S is long."""
    options = {"g": gop, "bf": "0"}
    source = tmp_path / f"source.{extension}"
    edit(write_clip(source, options=options, frames=100), edits)
    given = through(source, tmp_path, target_s=0.5, preset="ultrafast")
    assert seen(source) == seen(given.path)
    assert {code for code, _ in given.warnings} == {"stream-cut-short"}, (
        "of sound that no edit plays"
    )


def test_the_decoder_begins_anew_with_an_edit(tmp_path: Path) -> None:
    """Else HEVC's would miss what the first pictures after a keyframe in an open GOP refer to."""
    options = {"x265-params": "keyint=12:open-gop=1:bframes=2:log-level=none"}
    source = write_clip(tmp_path / "source.mp4", codec="libx265", options=options, frames=100)
    edit(source, [(0, 2), (2, 2)])
    given = through(source, tmp_path, target_s=60, preset="ultrafast")
    with av.open(str(source)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    shown = [packet.pts for packet in packets if not packet.is_discard]
    assert len(seen(source)) < len(shown) == given.frames
    assert {code for code, _ in given.warnings} == {"stream-cut-short"}


def test_streams_joined_end_to_end_go_on(tmp_path: Path) -> None:
    """A transport stream whose clock starts anew in the middle."""
    clip = ["-f", "lavfi", "-i", "testsrc2=s=128x96:r=25:d=3", "-g", "12", "-c:v", "libx264"]
    ffmpeg(*clip, tmp_path / "one.ts")
    twice = tmp_path / "twice.ts"
    twice.write_bytes((tmp_path / "one.ts").read_bytes() * 2)
    given = through(twice, tmp_path, preset="ultrafast")
    times = seen(given.path)
    assert given.frames == 150
    assert len(set(times)) == 150
    assert times == sorted(times)
    assert [code for code, _ in given.warnings] == ["times-changed"]
