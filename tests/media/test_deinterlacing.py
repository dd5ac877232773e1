"""Interlaced video: one whole frame for each, wherever it is cut, and said so."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from nhance_media import cutting
from nhance_media.decoding import decode
from nhance_media.deinterlacing import deinterlaced
from nhance_media.probe import probe
from nhance_media.recutting import frame_batches
from nhance_media.source import main_video, open_source
from nhance_proto.v1.frame_batch_pb2 import FrameBatch
from tests.clips import frames_of, picture
from tests.ffmpeg import ffmpeg
from tests.identity import through
from tests.media.test_cutting import content
from tests.paff import paff

# A bar that moves sideways, so that its fields differ; woven out of twice as many frames.
MOVING = "testsrc2=s=160x96:r=50:d=2"
KINDS = {
    "MBAFF, top first": ("top", "tff", ["libx264", "-flags", "+ildct+ilme", "-bf", "2"], "mp4"),
    "MBAFF, bottom first": ("bottom", "bff", ["libx264", "-x264-params", "bff=1"], "ts"),
    "MPEG-2": ("top", "tff", ["mpeg2video", "-flags", "+ildct+ilme", "-bf", "2"], "mpg"),
    "ProRes": ("top", "tff", ["prores_ks", "-flags", "+ildct"], "mov"),
}


FIELDS = {"PAFF, top first": (True, "ts"), "PAFF, bottom first": (False, "mp4")}


def field_coded(top_first: bool, path: Path) -> Path:
    """Fields of 60 moments in 30 frames."""
    moments = [picture(index, 96, 160)[..., 1] for index in range(60)]
    frames = []
    for earlier, later in zip(moments[::2], moments[1::2], strict=True):
        woven = (earlier if top_first else later).copy()
        woven[1::2] = (later if top_first else earlier)[1::2]
        frames.append(woven)
    raw = path.with_suffix(".h264")
    raw.write_bytes(paff(frames, top_first))
    ffmpeg("-r", "25", "-i", raw, "-c", "copy", path)
    return path


def interlaced(kind: str, directory: Path) -> Path:
    if kind in FIELDS:
        top_first, extension = FIELDS[kind]
        return field_coded(top_first, directory / f"source.{extension}")
    first, flag, codec, extension = KINDS[kind]
    path = directory / f"source.{extension}"
    woven = f"scroll=h=0.02,tinterlace=interleave_{first},setfield={flag}"
    ffmpeg("-f", "lavfi", "-i", MOVING, "-vf", woven, "-g", "10", "-c:v", *codec, path)
    return path


def cut(path: Path, target_s: float) -> tuple[list[FrameBatch], list[str]]:
    with path.open("rb") as file, open_source(file) as container:
        found = probe(container, main_video(container), path.stat().st_size)
        batches = list(frame_batches(found.config, found.time_base, found.packets, target_s))
        return batches, [warning.code for warning in found.warnings]


@pytest.mark.parametrize("kind", [*KINDS, *FIELDS])
@pytest.mark.parametrize("target_s", [0.1, 1.0])
def test_the_result_does_not_depend_on_the_cuts(tmp_path: Path, kind: str, target_s: float) -> None:
    path = interlaced(kind, tmp_path)
    frames = frames_of(path)
    assert all(frame.interlaced_frame for frame in frames)

    batches, said = cut(path, target_s)
    inside, beyond = [], []
    for batch in batches:
        found = list(decode(batch))
        shown = [frame for frame in found if (frame.pts or 0) < batch.end_pts]
        inside.append([content(frame) for frame in shown])
        beyond.append([content(frame) for frame in found[len(shown) :]])

    whole = [content(frame) for frame in deinterlaced(frames)]
    assert whole == [frame for batch in inside for frame in batch]
    assert [batch[:1] for batch in inside[1:]] == beyond[:-1]
    assert len(batches) > 1
    assert said == ["interlaced"]


def test_long_gops_of_interlaced_video_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = interlaced("MBAFF, top first", tmp_path)
    whole = [content(frame) for frame in deinterlaced(frames_of(path))]
    monkeypatch.setattr(cutting, "LONGEST_GOP_S", 0.1)
    batches, _ = cut(path, 0.2)
    shown = [
        content(frame)
        for batch in batches
        for frame in decode(batch)
        if (frame.pts or 0) < batch.end_pts
    ]
    assert whole == shown
    assert len(batches) > 5


def comb(luma: np.ndarray) -> float:
    """How much next lines differ, against every second one: large where fields are woven."""
    lines = luma.astype(float)
    return float(np.abs(lines[1:-1] - lines[:-2]).mean() / np.abs(lines[2:] - lines[:-2]).mean())


@pytest.mark.parametrize("kind", ["MBAFF, bottom first", *FIELDS])
def test_the_comb_is_gone_and_the_times_stay(tmp_path: Path, kind: str) -> None:
    path = interlaced(kind, tmp_path)
    given = through(path, tmp_path, target_s=0.5)
    before, after = frames_of(path), frames_of(given.path)
    assert [frame.pts for frame in before] == [frame.pts for frame in after]
    assert not any(frame.interlaced_frame for frame in after)
    combs = [
        [comb(frame.to_ndarray(format="gray")) for frame in frames] for frames in (before, after)
    ]
    assert np.mean(combs[1]) < 0.75 * np.mean(combs[0])
    assert [code for code, _ in given.warnings] == ["interlaced"]


def test_progressive_frames_are_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "progressive.mp4"
    ffmpeg("-f", "lavfi", "-i", MOVING, "-c:v", "libx264", path)
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    assert [content(frame) for frame in frames] == [
        content(frame) for frame in deinterlaced(frames)
    ]
