"""Real videos through the whole stack: the same frames, times, sound and tags, a better picture."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import pytest
from av.video.frame import VideoFrame

from nhance_enhance.pipeline import PARTS, _enhanced, _pictures
from nhance_enhance.stopwatch import Stopwatch
from nhance_media.batches import config_of, message_of
from nhance_media.damage import Damage
from nhance_media.fitting import Fitting
from nhance_media.recutting import frame_batches
from nhance_media.rendition import rendition_of
from nhance_media.samples import Plane, samples_of, to_nv12
from nhance_media.source import main_video, open_source
from tests import api
from tests.bench.clip import sample_clips
from tests.clips import packets_of, psnr, write_clip
from tests.media.sources import write_with_track

CLIPS = ("bigbuckbunny.mp4", "bikes.mp4")
DEFAULT_SERVABLE = Path(__file__).parents[2] / "models/servables/look/1"


@dataclass(frozen=True)
class Facts:
    """What must not change."""

    pts: list[Fraction]
    tags: tuple[int, ...]
    sample_aspect_ratio: Fraction | None
    size: tuple[int, int]


def _planes(frame: VideoFrame) -> tuple[Plane, Plane]:
    return to_nv12(samples_of(frame))


def facts(path: Path) -> Facts:
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        context = video.codec_context
        return Facts(
            [
                (frame.pts or 0) * Fraction(frame.time_base or 0)
                for frame in container.decode(video)
            ],
            (context.color_primaries, context.color_trc, context.colorspace, context.color_range),
            video.sample_aspect_ratio,
            (context.width, context.height),
        )


def expected(source: Path, servable: Path) -> Iterator[tuple[Any, Any]]:
    """What the SavedModel, called in this process, gives for each decoded frame of the source."""
    from tests.savedmodel import SavedModel

    model: Any = SavedModel(servable)
    with source.open("rb") as file, open_source(file) as container:
        video = main_video(container)
        assert video.time_base is not None
        packets = (message_of(packet) for packet in container.demux(video) if packet.size)
        for batch in frame_batches(config_of(video), video.time_base, packets):
            rendition = rendition_of(batch.video, sdr=False)
            pictures = _pictures(batch, rendition, Fitting(batch.video, strict=False), Damage())
            watch = Stopwatch(*PARTS)
            for _, enhanced, _ in _enhanced(pictures, batch, rendition, model, 1.0, watch):
                yield enhanced


@pytest.mark.parametrize("name", CLIPS)
def test_a_real_video_comes_back_enhanced(stack: str, tmp_path: Path, name: str) -> None:
    source = sample_clips() / name

    job = api.enhanced(stack, source, tmp_path)

    output = tmp_path / "video.mp4"
    before, after = facts(source), facts(output)
    assert before == after
    assert job["progress"]["frames_done"] == job["progress"]["frames_total"] == len(before.pts)
    assert hashlib.sha256(output.read_bytes()).hexdigest() == job["output"]["sha256"]
    with av.open(str(output)) as container:
        worst = 99.0
        pairs = zip(container.decode(video=0), expected(source, DEFAULT_SERVABLE), strict=True)
        for frame, planes in pairs:
            for got, wanted in zip(_planes(frame), planes, strict=True):
                worst = min(worst, psnr(got, wanted))
    assert worst >= 40, f"the worst plane has {worst:.1f} dB"


def test_sound_is_untouched(stack: str, tmp_path: Path) -> None:
    source = sample_clips() / "bigbuckbunny.mp4"

    api.enhanced(stack, source, tmp_path, model="identity")

    assert packets_of(source, "audio") == packets_of(tmp_path / "video.mp4", "audio")


def test_the_comparison_is_source_left_and_enhanced_right(stack: str, tmp_path: Path) -> None:
    source = sample_clips() / "bikes.mp4"

    api.enhanced(stack, source, tmp_path, comparison="split")

    with (
        av.open(str(source)) as left,
        av.open(str(tmp_path / "video.mp4")) as right,
        av.open(str(tmp_path / "comparison.mp4")) as both,
    ):
        for frames in zip(
            left.decode(video=0), right.decode(video=0), both.decode(video=0), strict=True
        ):
            original, enhanced, compared = (_planes(frame)[0] for frame in frames)
            middle = compared.shape[1] // 2
            assert psnr(original[:, : middle - 8], compared[:, : middle - 8]) > 35
            assert psnr(enhanced[:, middle + 8 :], compared[:, middle + 8 :]) > 35


GENERATED: dict[str, dict[str, Any]] = {
    "variable rate": {"pts": np.cumsum([300, 900, 40, 8000] * 15).tolist()},
    "a late start": {"pts": [int(100_000 + 512 * i) for i in range(60)]},
    "microseconds": {"time_base": Fraction(1, 1_000_000), "frames": 60},
    "anamorphic": {"sample_aspect_ratio": Fraction(64, 45), "frames": 60},
    "BT.601, full range": {"tags": (6, 6, 6, 2), "pix_fmt": "yuvj420p", "frames": 60},
    "one frame": {"frames": 1},
    "no sound": {"audio": None, "frames": 30},
    "on its side": {"display_matrix": (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30), "frames": 60},
}


@pytest.mark.parametrize("name", GENERATED)
def test_a_phones_oddities_are_kept(stack: str, tmp_path: Path, name: str) -> None:
    clip = {"options": {"g": "10", "preset": "veryfast"}, **GENERATED[name]}
    source = write_clip(tmp_path / "source.mp4", **clip)

    api.enhanced(stack, source, tmp_path, model="identity")

    output = tmp_path / "video.mp4"
    assert facts(source) == facts(output)
    with av.open(str(source)) as a, av.open(str(output)) as b:
        first, again = next(a.decode(video=0)), next(b.decode(video=0))
        assert first.rotation == again.rotation
        for plane, got in zip(_planes(first), _planes(again), strict=True):
            assert psnr(plane, got) > 38
    if clip.get("audio", "aac"):
        assert packets_of(source, "audio") == packets_of(output, "audio")


def test_everything_else_goes_along_but_what_was_to_be_stripped(stack: str, tmp_path: Path) -> None:
    source = write_with_track(tmp_path / "source.mp4", b"mebx", b"qt  ")

    kept = api.enhanced(stack, source, tmp_path, model="identity", comparison="split")
    stripped = api.enhanced(
        stack, source, tmp_path, model="identity", container="mkv", metadata="strip"
    )

    assert [] == kept["warnings"]
    assert packets_of(source, "data") == packets_of(tmp_path / "video.mov", "data")
    assert packets_of(source, "audio") == packets_of(tmp_path / "comparison.mp4", "audio")
    assert ["Stream 2 (data, GoPro MET) is not in the output: MKV cannot carry it as it is."] == (
        stripped["warnings"]
    )
    assert b"37.7450" not in (tmp_path / "video.mkv").read_bytes()


def test_a_container_that_cannot_hold_it_is_refused(stack: str, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "source.mp4", frames=10)

    at_once = api.post(stack, source, model="identity", container="webm")
    by_ingest = api.post(stack, source, model="identity", container="webm", codec="av1")

    assert at_once.status_code == 400
    assert "choose the codec av1" in at_once.json()["detail"]
    assert by_ingest.status_code == 422
    assert "WEBM cannot hold the sound" in by_ingest.json()["detail"]


def test_ranges_of_the_video(stack: str, tmp_path: Path) -> None:
    job = api.enhanced(stack, sample_clips() / "bikes.mp4", tmp_path, model="identity")
    whole = (tmp_path / "video.mp4").read_bytes()

    part = httpx.get(f"{stack}{job['links']['video']}", headers={"Range": "bytes=100-199"})

    assert part.status_code == 206
    assert part.content == whole[100:200]
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(whole)}"
    assert whole.index(b"moov") < whole.index(b"mdat"), "the index is in front"
