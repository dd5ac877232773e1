"""The report and the poster of a job, out of what its tasks have noted on their way."""

from __future__ import annotations

from collections.abc import Iterator

from nhance_kit import keys, report
from nhance_kit.blocking import Stop
from nhance_kit.jobs import Job
from nhance_kit.objects import ObjectStore
from nhance_kit.warned import JobWarning, WarningCode
from nhance_kit.work import Work
from nhance_media import nvenc
from nhance_media.batches import fraction
from nhance_media.encoding import CRF, QP
from nhance_media.timeline import Timeline
from nhance_mux.join import Joined
from nhance_proto.v1.measured_pb2 import Measured


def write_report(
    objects: ObjectStore, job: Job, work: Work, joined: Joined, mux_s: float, stop: Stop
) -> None:
    """Store a joined job's report and poster. Memory does not depend on the video's length."""
    timeline = Timeline()
    best, poster = -1.0, b""
    for measured in _measured(objects, job, stop):
        time_base = fraction(measured.time_base)
        for sample in measured.samples:
            timeline.add(sample, time_base)
        if measured.poster and measured.samples[0].after.spread > best:
            best, poster = measured.samples[0].after.spread, measured.poster
    if poster:
        objects.put(keys.poster(job.tenant, job.id), poster)
    written = _report(job, work, joined, timeline.measured(), mux_s)
    objects.put(keys.report(job.tenant, job.id), written.model_dump_json().encode())


def _measured(objects: ObjectStore, job: Job, stop: Stop) -> Iterator[Measured]:
    for index in range(job.batches_total):
        stop.check()
        yield Measured.FromString(objects.get(keys.measured(job.tenant, job.id, index)))


def _report(
    job: Job,
    work: Work,
    joined: Joined,
    measured: report.Measured,
    mux_s: float,
) -> report.Report:
    media = job.media or {}
    warnings = [*job.warnings, *joined.warnings]
    frames = _frames(job, warnings)
    streams = [_source_stream(stream, media["main"], warnings) for stream in media["streams"]]
    video = next(stream for stream in joined.streams if stream.type == "video")
    assert video.codec is not None
    assert video.pix_fmt is not None
    assert job.model_version is not None
    crf = job.options.crf
    # Of whatever has no rate factor by default.
    qps = nvenc.QPS if nvenc.NAME in work.encoder else {"h264": QP}
    return report.Report(
        job=job.id,
        source=report.SourceFile(
            name=job.source.name,
            format=media["container"],
            bytes=job.source.bytes,
            sha256=job.source.sha256,
            duration_s=media["duration_s"],
            streams=streams,
        ),
        output=report.OutputFile(
            format=joined.output.extension,
            bytes=joined.output.bytes,
            sha256=joined.output.sha256,
            duration_s=video.duration_s,
            streams=joined.streams,
        ),
        changes=[
            report.Change.model_validate(warning, from_attributes=True) for warning in warnings
        ],
        frames=frames,
        batches=report.Batches(count=job.batches_total, attempts=work.attempts),
        model=report.ModelUsed(
            name=job.options.model, version=job.model_version, strength=job.options.strength
        ),
        encoder=report.EncoderUsed(
            codec=video.codec,
            pix_fmt=video.pix_fmt,
            crf=crf if crf is not None or video.codec in qps else CRF[video.codec],
            qp=qps.get(video.codec) if crf is None else None,
            preset=job.options.preset,
            version=work.encoder,
        ),
        measured=measured,
        timings=_timings(work, frames, mux_s),
    )


def _frames(job: Job, warnings: list[JobWarning]) -> report.Frames:
    concealed, lost = (
        sum(warning.count or 0 for warning in warnings if warning.code == code)
        for code in (WarningCode.FRAMES_CONCEALED, WarningCode.FRAMES_LOST)
    )
    written = job.frames_total or 0
    return report.Frames(received=written + lost, written=written, concealed=concealed, lost=lost)


def _source_stream(
    described: dict[str, object], main: int, warnings: list[JobWarning]
) -> report.SourceStream:
    """A stream of the source, and what became of it."""
    stream = report.Stream.model_validate(described)
    reasons = [
        warning.sentence
        for warning in warnings
        if warning.code == WarningCode.STREAM_LEFT_OUT and warning.stream == stream.index
    ]
    became = "enhanced" if stream.index == main else "left out" if reasons else "copied"
    return report.SourceStream.model_validate(
        {**stream.model_dump(), "became": became, "reason": reasons[0] if reasons else None}
    )


def _timings(work: Work, frames: report.Frames, mux_s: float) -> report.Timings:
    def seconds(value: float) -> float:
        return round(value, 3)

    return report.Timings(
        queue_s=seconds(work.queue_s),
        ingest_s=seconds(work.ingest_s),
        enhance_s=seconds(work.enhance_s),
        decode_s=seconds(work.decode_s),
        model_s=seconds(work.model_s),
        encode_s=seconds(work.encode_s),
        mux_s=seconds(mux_s),
        frames_per_second=seconds(frames.written / work.enhance_s) if work.enhance_s else None,
    )
