"""The report of a real job agrees with what can be found out without it; so does its poster."""

from __future__ import annotations

import hashlib
import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import pytest
from numpy.typing import NDArray

from nhance_kit.objects import ObjectStore
from nhance_kit.report import Report
from nhance_media.samples import samples_of, to_nv12
from tests import api
from tests.bench.clip import sample_clips
from tests.clips import frames_of, packets_of, psnr, write_clip

QUARTER_CLOCKWISE = (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)


def report_of(stack: str, job: dict[str, Any]) -> Report:
    answer = httpx.get(f"{stack}{job['links']['report']}", timeout=30)
    answer.raise_for_status()
    return Report.model_validate_json(answer.content, strict=True)


def picture(stack: str, link: str) -> NDArray[np.uint8]:
    jpeg = httpx.get(f"{stack}{link}", timeout=30).content
    with av.open(io.BytesIO(jpeg), "r", format="jpeg_pipe") as container:
        return np.asarray(next(container.decode(video=0)).to_ndarray(format="rgb24"), np.uint8)


def luma_of(path: Path) -> list[tuple[float, float]]:
    """The time of every frame, and the mean of all its luma as a signal."""
    return [
        (frame.time or 0.0, (float(to_nv12(samples_of(frame))[0].mean()) - 16) / 219)
        for frame in frames_of(path)
    ]


def test_the_report_agrees_with_the_files(stack: str, tmp_path: Path) -> None:
    source = sample_clips() / "bigbuckbunny.mp4"
    job = api.enhanced(stack, source, tmp_path)
    output = tmp_path / "video.mp4"

    report = report_of(stack, job)

    data = source.read_bytes()
    assert (len(data), hashlib.sha256(data).hexdigest()) == (
        report.source.bytes,
        report.source.sha256,
    )
    assert (output.stat().st_size, job["output"]["sha256"]) == (
        report.output.bytes,
        report.output.sha256,
    )
    assert [("video", "enhanced"), ("audio", "copied")] == [
        (stream.type, stream.became) for stream in report.source.streams
    ]
    for path, streams in ((source, report.source.streams), (output, report.output.streams)):
        video = streams[0]
        with av.open(str(path)) as container:
            context = container.streams.video[0].codec_context
            assert (context.width, context.height, context.pix_fmt) == (
                video.width,
                video.height,
                video.pix_fmt,
            )
        counts = [len(packets_of(path, stream.type)) for stream in streams]
        assert counts == [stream.packets for stream in streams]
    frames = len(frames_of(source))
    assert (frames, frames, 0, 0) == (
        report.frames.received,
        report.frames.written,
        report.frames.concealed,
        report.frames.lost,
    )
    assert job["progress"]["batches_total"] == report.batches.count == report.batches.attempts
    assert ("look", 1, 1.0) == (report.model.name, report.model.version, report.model.strength)
    assert ("h264", "yuv420p", None, 12, "veryfast") == (
        report.encoder.codec,
        report.encoder.pix_fmt,
        report.encoder.crf,
        report.encoder.qp,
        report.encoder.preset,
    )
    assert job["warnings"] == [change.sentence for change in report.changes]
    assert report.timings.enhance_s > 0
    assert report.timings.model_s > 0


def test_the_course_is_that_of_the_two_videos(stack: str, tmp_path: Path) -> None:
    source = sample_clips() / "bikes.mp4"
    job = api.enhanced(stack, source, tmp_path)

    measured = report_of(stack, job).measured

    assert measured.look is not None
    assert len(measured.time_s) == len(measured.look) >= 2
    for path, series in (
        (source, measured.before),
        (tmp_path / "video.mp4", measured.after),
    ):
        frames = luma_of(path)
        for at_s, luma in zip(measured.time_s, series.luma, strict=True):
            assert luma == pytest.approx(min(frames, key=lambda f: abs(f[0] - at_s))[1], abs=0.01)
        assert sum(series.histogram) == pytest.approx(1, abs=1e-3)
    assert measured.before.luma != measured.after.luma


def test_what_is_beside_the_batches_is_cleaned_up(
    stack: str, bucket: ObjectStore, tmp_path: Path
) -> None:
    source = write_clip(tmp_path / "source.mp4", frames=30, audio=None)
    job = api.enhanced(stack, source, tmp_path, model="identity", comparison="none")

    kept = {"source", "output.mp4", "poster.jpg", "report.json"}
    assert kept == names(bucket, job["id"], kept)
    assert httpx.delete(f"{stack}/v1/jobs/{job['id']}").status_code == 204
    assert set() == names(bucket, job["id"], set())


def names(bucket: ObjectStore, job_id: str, wanted: set[str]) -> set[str]:
    """What is left of a job's objects, as soon as it is what is wanted."""
    found: set[str] = set()

    def settled() -> bool:
        nonlocal found
        found = {key.split("/", 2)[2] for key in bucket.keys("") if f"/{job_id}/" in key}
        return found == wanted

    api.wait_for(settled)
    return found


@pytest.mark.parametrize("comparison", ["split", "swipe", "side"])
def test_a_portrait_video_is_upright(stack: str, tmp_path: Path, comparison: str) -> None:
    source = write_clip(
        tmp_path / "source.mp4",
        frames=110,
        options={"g": "30", "preset": "veryfast"},
        display_matrix=QUARTER_CLOCKWISE,
        sample_aspect_ratio=Fraction(1),
    )
    job = api.enhanced(stack, source, tmp_path, model="identity", comparison=comparison)

    stored = frames_of(source)
    compared = frames_of(tmp_path / "comparison.mp4")

    assert len(stored) == len(compared)
    assert {0} == {frame.rotation for frame in compared}
    assert ("h264", "yuv420p") == codec_of(tmp_path / "comparison.mp4")
    for before, after in list(zip(stored, compared, strict=True))[::20]:
        upright = np.rot90(to_nv12(samples_of(before))[0][..., 0], -1)
        seen = to_nv12(samples_of(after))[0][..., 0]
        parts = np.split(seen, 2, axis=1) if comparison == "side" else [seen]
        for part in parts:
            assert upright.shape == part.shape
            # All but the line and what the encoder makes of its edges.
            close = np.abs(part.astype(int) - upright).mean(axis=0) < 6
            assert close.sum() >= len(close) - 12
    poster = picture(stack, job["links"]["poster"])
    turned = [np.rot90(np.asarray(f.to_ndarray(format="rgb24"), np.uint8), -1) for f in stored]
    assert turned[0].shape == poster.shape
    assert max(psnr(frame, poster) for frame in turned) > 28, "it is one of the frames"
    (video, _) = report_of(stack, job).source.streams
    assert (-90, False) == (video.rotation, video.reflected)


def codec_of(path: Path) -> tuple[str, str | None]:
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        return context.name, context.pix_fmt


def test_hdr_is_told_of(stack: str, tmp_path: Path, shared_data: Path) -> None:
    source = shared_data / "videos/sample_with_color_info.mp4"
    job = api.enhanced(stack, source, tmp_path, model="identity", comparison="none")

    report = report_of(stack, job)

    for stream in (report.source.streams[0], report.output.streams[0]):
        assert stream.colour is not None
        assert ("BT.2020", "HLG", "BT.2020 NCL") == (
            stream.colour.primaries,
            stream.colour.transfer,
            stream.colour.matrix,
        )
        assert ("hevc", "yuv420p10le", -90) == (stream.codec, stream.pix_fmt, stream.rotation)
    left_out = [stream for stream in report.source.streams if stream.became == "left out"]
    about = [change.stream for change in report.changes if change.code == "stream-left-out"]
    assert about == [stream.index for stream in left_out]
    assert all(stream.reason for stream in left_out)
    poster = picture(stack, job["links"]["poster"])
    assert (1280, 720) == poster.shape[:2], "it was filmed upright"
