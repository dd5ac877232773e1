"""A report joins what the tasks have noted: of frames, streams, time and pictures."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from nhance_kit import keys
from nhance_kit.blocking import Stop
from nhance_kit.errors import Interrupted
from nhance_kit.jobs import Job, JobOptions, Output, Source
from nhance_kit.objects import ObjectStore
from nhance_kit.report import Report, Stream
from nhance_kit.states import JobState
from nhance_kit.store import new_job_id
from nhance_kit.warned import JobWarning, WarningCode
from nhance_kit.work import Work
from nhance_mux.join import Joined
from nhance_mux.reporting import write_report
from nhance_proto.v1.frame_batch_pb2 import Rational
from nhance_proto.v1.measured_pb2 import Levels, Measured, Sample

WORK = Work(
    3, queue_s=1, ingest_s=2, enhance_s=4, decode_s=1, model_s=6, encode_s=2, encoder="an encoder"
)
VIDEO = {"index": 1, "type": "video", "codec": "hevc", "width": 64, "height": 48}
MEDIA: dict[str, Any] = {
    "container": "mov,mp4",
    "duration_s": 4.0,
    "main": 1,
    "streams": [
        {"index": 0, "type": "audio", "codec": "aac", "language": "eng"},
        VIDEO,
        {"index": 2, "type": "data"},
    ],
}
LEFT_OUT = JobWarning(WarningCode.STREAM_LEFT_OUT, "Stream 2 is not in the output.", 2)
LOST = JobWarning(WarningCode.FRAMES_LOST, "3 frames are lost.", count=3)
CONCEALED = JobWarning(WarningCode.FRAMES_CONCEALED, "9 frames are patched.", count=9)
ODD = JobWarning(WarningCode.ODD_SIZE, "The frame size is odd.")
JOINED = Joined(
    Output("mp4", 900, "1" * 64),
    [LEFT_OUT],
    [Stream(index=0, type="video", codec="hevc", pix_fmt="yuv420p10le", duration_s=4.0)],
)


@pytest.fixture
def job(tenant: str) -> Job:
    return Job(
        id=new_job_id(),
        tenant=tenant,
        state=JobState.MUXING,
        options=JobOptions(),
        source=Source("walk.mov", 1000, "0" * 64),
        created_at=datetime.now(UTC),
        model_version=7,
        media=MEDIA,
        batches_total=3,
        frames_total=144,
        warnings=[ODD, LOST, CONCEALED, LOST],
    )


def measured(index: int, spread: float, poster: bytes) -> Measured:
    """Of a batch of two seconds."""
    levels = Levels(luma=0.5, spread=spread, histogram=[0] * 31 + [1])
    return Measured(
        time_base=Rational(numerator=1, denominator=1000),
        samples=[
            Sample(pts=2000 * index + at, before=levels, after=levels) for at in (0, 500, 1000)
        ],
        poster=poster,
    )


@pytest.fixture
def batches(objects: ObjectStore, job: Job) -> None:
    found = ((0.1, b"black"), (0.6, b"the best"), (0.3, b"dull"))
    for index, (spread, poster) in enumerate(found):
        data = measured(index, spread, poster).SerializeToString()
        objects.put(keys.measured(job.tenant, job.id, index), data)


@pytest.mark.usefixtures("batches")
def test_a_report(objects: ObjectStore, job: Job) -> None:
    write_report(objects, job, WORK, JOINED, 0.5, Stop())

    report = Report.model_validate_json(objects.get(keys.report(job.tenant, job.id)), strict=True)
    assert [
        (0, "copied", None),
        (1, "enhanced", None),
        (2, "left out", LEFT_OUT.sentence),
    ] == [(stream.index, stream.became, stream.reason) for stream in report.source.streams]
    assert [
        ("odd-size", None, None),
        ("frames-lost", None, 3),
        ("frames-concealed", None, 9),
        ("frames-lost", None, 3),
        ("stream-left-out", 2, None),
    ] == [(change.code, change.stream, change.count) for change in report.changes]
    frames = report.frames
    assert (150, 144, 9, 6) == (frames.received, frames.written, frames.concealed, frames.lost)
    assert (3, 3) == (report.batches.count, report.batches.attempts)
    assert ("look", 7) == (report.model.name, report.model.version)
    assert ("hevc", "yuv420p10le", 14, None, "an encoder") == (
        report.encoder.codec,
        report.encoder.pix_fmt,
        report.encoder.crf,
        report.encoder.qp,
        report.encoder.version,
    )
    assert [0, 0.5, 1, 2, 2.5, 3, 4, 4.5, 5] == report.measured.time_s
    assert (0.5, 36.0) == (report.timings.mux_s, report.timings.frames_per_second)


@pytest.mark.usefixtures("batches")
@pytest.mark.parametrize(("crf", "told"), [(None, (None, 12)), (20, (20, None))])
def test_nvenc_has_one_quantiser_in_every_codec(
    objects: ObjectStore, job: Job, crf: int | None, told: tuple[int | None, int | None]
) -> None:
    asked = replace(job, options=JobOptions(nvenc=True, crf=crf))
    write_report(objects, asked, replace(WORK, encoder="x, NVENC a card"), JOINED, 0.5, Stop())

    report = Report.model_validate_json(objects.get(keys.report(job.tenant, job.id)), strict=True)
    assert told == (report.encoder.crf, report.encoder.qp)


@pytest.mark.usefixtures("batches")
def test_the_poster_is_the_picture_that_shows_most(objects: ObjectStore, job: Job) -> None:
    write_report(objects, job, WORK, JOINED, 0.5, Stop())

    assert objects.get(keys.poster(job.tenant, job.id)) == b"the best"


@pytest.mark.usefixtures("batches")
def test_it_stops_when_asked_to(objects: ObjectStore, job: Job) -> None:
    stop = Stop()
    stop.ask()

    with pytest.raises(Interrupted):
        write_report(objects, job, WORK, JOINED, 0.5, stop)
