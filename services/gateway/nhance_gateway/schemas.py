"""The bodies of answers, as the OpenAPI document describes them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal, Self

from pydantic import BaseModel, Field, JsonValue

from nhance_gateway.problems import Problem, stored_problem
from nhance_kit.about import Speed
from nhance_kit.jobs import Comparison, Job, JobOptions, ModelLabel
from nhance_kit.states import TERMINAL, JobState

_ID = "0f8c1d5e9b7a4c3d8e2f6a1b5c9d7e30"
_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


class SourceBody(BaseModel):
    """The upload, as it was received."""

    name: str = Field(description="Its file name.", examples=["holiday.mov"])
    bytes: int = Field(description="Its length.", examples=[48_318_201])
    sha256: str = Field(description="Its SHA-256, in hex.", examples=[_SHA256])


class Stage(StrEnum):
    """What is being done for a job."""

    WAITING = "waiting"
    READING = "reading"
    ENHANCING = "enhancing"
    JOINING = "joining"
    ENDED = "ended"


class Progress(BaseModel):
    """How far a job is, counted."""

    stage: Stage = Field(
        description="`waiting` for a worker, or what a worker does: `reading` the video, "
        "`enhancing` its frames, `joining` them; at last `ended`.",
        examples=["enhancing"],
    )
    frames_done: int = Field(description="Frames enhanced so far.", examples=[96])
    frames_total: int | None = Field(
        description="Frames of the video; null until it has been read.", examples=[132]
    )
    batches_done: int = Field(description="Frame batches finished so far.", examples=[2])
    batches_total: int = Field(
        description="Frame batches of the video; 0 until it has been read.", examples=[3]
    )
    frames_per_second: float | None = Field(
        description="Frames enhanced each second, counted over the last 10 to 20 seconds and all "
        "workers; null while none are.",
        examples=[41.5],
    )
    queue_position: int | None = Field(
        description="How many jobs, whosever they are, were made earlier and have frames to be "
        "enhanced; null once frames of this one are being enhanced.",
        examples=[None],
    )
    seconds_left: float | None = Field(
        description="Until all frames are enhanced, if it goes on as it goes; joining them comes "
        "on top. Null while no frames are being enhanced.",
        examples=[0.9],
    )

    @classmethod
    def of(cls, job: Job) -> Self:
        speed = job.frames_per_second
        left = None
        if speed and job.frames_total is not None:
            left = round(max(0, job.frames_total - job.frames_done) / speed, 1)
        return cls(
            stage=_stage(job),
            frames_done=job.frames_done,
            frames_total=job.frames_total,
            batches_done=job.batches_done,
            batches_total=job.batches_total,
            frames_per_second=None if speed is None else round(speed, 2),
            queue_position=job.queue_position,
            seconds_left=left,
        )


class OutputBody(BaseModel):
    """The enhanced video."""

    extension: str = Field(
        description="Its container: `mp4`, `mov`, `mkv` or `webm`.", examples=["mp4"]
    )
    bytes: int = Field(description="Its length.", examples=[31_002_114])
    sha256: str = Field(description="Its SHA-256, in hex.", examples=[_SHA256])


class Links(BaseModel):
    """Where to go from here."""

    self: str = Field(description="This job.", examples=[f"/v1/jobs/{_ID}"])
    events: str = Field(
        description="This job as it changes, as server-sent events.",
        examples=[f"/v1/jobs/{_ID}/events"],
    )
    video: str | None = Field(
        description="The enhanced video; null until the job has succeeded.",
        examples=[f"/v1/jobs/{_ID}/video"],
    )
    comparison: str | None = Field(
        description="The comparison video; null until the job has succeeded, and where none was "
        "asked for.",
        examples=[f"/v1/jobs/{_ID}/comparison"],
    )
    poster: str | None = Field(
        description="A still of the enhanced video; null until the job has succeeded.",
        examples=[f"/v1/jobs/{_ID}/poster"],
    )
    report: str | None = Field(
        description="What was done to the video; null until the job has succeeded.",
        examples=[f"/v1/jobs/{_ID}/report"],
    )


class JobBody(BaseModel):
    """A job as it stands."""

    id: str = Field(description="Identifies the job.", examples=[_ID])
    state: JobState = Field(
        description="`queued → ingesting → enhancing → muxing → succeeded`; or `failed`, or "
        "`cancelled`.",
        examples=["enhancing"],
    )
    created_at: datetime = Field(description="When the upload was complete.")
    started_at: datetime | None = Field(description="When work on it began.")
    finished_at: datetime | None = Field(description="When it ended, one way or another.")
    options: JobOptions = Field(description="What was asked for, defaults included.")
    source: SourceBody
    media: dict[str, JsonValue] | None = Field(
        description="What the source is made of; null until it has been read.",
        examples=[{"container": "mov,mp4,m4a,3gp,3g2,mj2", "width": 1280, "height": 720}],
    )
    model_version: int | None = Field(
        description="The version of the model that this job uses throughout; null until known.",
        examples=[1],
    )
    labels: dict[str, str] = Field(
        description="What was sent along as `labels`.", examples=[{"trip": "Jena"}]
    )
    progress: Progress
    warnings: list[str] = Field(
        description="What a person should know about the result.",
        examples=[["The variable frame rate was kept."]],
    )
    error: Problem | None = Field(description="Why the job failed; null unless it did.")
    output: OutputBody | None = Field(description="The result; null until the job succeeded.")
    links: Links

    @classmethod
    def of(cls, job: Job) -> Self:
        """What the outside sees of ``job``."""
        here = f"/v1/jobs/{job.id}"
        succeeded = job.state == JobState.SUCCEEDED
        compared = succeeded and job.options.comparison != Comparison.NONE
        return cls(
            id=job.id,
            state=job.state,
            created_at=job.created_at,
            started_at=job.started_at,
            finished_at=job.finished_at,
            options=job.options,
            source=SourceBody(
                name=job.source.name, bytes=job.source.bytes, sha256=job.source.sha256
            ),
            media=job.media,
            model_version=job.model_version,
            labels=job.labels,
            progress=Progress.of(job),
            warnings=[warning.sentence for warning in job.warnings],
            error=None if job.error is None else stored_problem(job.error),
            output=_output(job),
            links=Links(
                self=here,
                events=f"{here}/events",
                video=f"{here}/video" if succeeded else None,
                comparison=f"{here}/comparison" if compared else None,
                poster=f"{here}/poster" if succeeded else None,
                report=f"{here}/report" if succeeded else None,
            ),
        )


class Validity(BaseModel):
    """A request that was checked, and is all right."""

    valid: Literal[True] = True


class JobList(BaseModel):
    """Some jobs, the newest first."""

    jobs: list[JobBody]
    next_cursor: str | None = Field(
        description="Pass it as `cursor` to get the jobs before these; null at the end."
    )


class ModelBody(BaseModel):
    """A model that videos can be enhanced with."""

    name: str = Field(description="Pass it as the option `model`.", examples=["look"])
    versions: list[int] = Field(description="The versions there are.", examples=[[1]])
    labels: dict[ModelLabel, int] = Field(
        description="The versions that jobs begin with, by their option `model_label`; without "
        "`stable` that is the newest one.",
        examples=[{"stable": 1, "canary": 2}],
    )
    canary_share: float = Field(
        description="The share of jobs without `model_label` that begin with the canary, 0 to 1.",
        ge=0.0,
        le=1.0,
        examples=[0.05],
    )
    input: str | None = Field(
        description="Which frames it is for; null where it does not say.",
        examples=["Frames of any phone from 16x16 pixels on."],
    )
    speed: Speed | None = Field(
        description="On an ordinary processor: `live` takes about as long as the video lasts, "
        "`fast` a few times as long, `slow` far longer; null where it does not say."
    )
    default: bool = Field(description="Whether it is taken when none is named.")


class ModelList(BaseModel):
    """All models."""

    models: list[ModelBody]


def _stage(job: Job) -> Stage:
    if job.state in TERMINAL:
        return Stage.ENDED
    match job.state:
        case JobState.INGESTING:
            return Stage.READING
        case JobState.ENHANCING if job.queue_position is None:
            return Stage.ENHANCING
        case JobState.MUXING:
            return Stage.JOINING
        case _:
            return Stage.WAITING


def _output(job: Job) -> OutputBody | None:
    if job.output is None:
        return None
    return OutputBody(
        extension=job.output.extension, bytes=job.output.bytes, sha256=job.output.sha256
    )
