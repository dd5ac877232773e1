"""What a job, a batch and their options are. Pure values; the store persists them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, UrlConstraints

from nhance_kit.states import JobState
from nhance_kit.warned import JobWarning

LOCAL_TENANT = "local"
LONGEST_URL = 2000


class Comparison(StrEnum):
    SPLIT = "split"
    SWIPE = "swipe"
    SIDE = "side"
    NONE = "none"


class Codec(StrEnum):
    H264 = "h264"
    HEVC = "hevc"
    AV1 = "av1"


# What is taken where nobody chose: for 8 bits, and for more.
AUTOMATIC_CODECS = (Codec.H264, Codec.HEVC)


class Container(StrEnum):
    MP4 = "mp4"
    MOV = "mov"
    MKV = "mkv"
    WEBM = "webm"

    @property
    def codecs(self) -> tuple[Codec, ...]:
        """The codecs of the output's video that it holds."""
        match self:
            case Container.MOV:
                return (Codec.H264, Codec.HEVC)
            case Container.WEBM:
                return (Codec.AV1,)
            case _:
                return tuple(Codec)


class Metadata(StrEnum):
    KEEP = "keep"
    STRIP_LOCATION = "strip-location"
    STRIP = "strip"


class ModelLabel(StrEnum):
    STABLE = "stable"
    CANARY = "canary"


Preset = Literal[
    "ultrafast",
    "superfast",
    "veryfast",
    "faster",
    "fast",
    "medium",
    "slow",
    "slower",
    "veryslow",
]


class JobOptions(BaseModel):
    """What a person may choose for a job. The defaults are the recommended ones."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = Field(
        "look",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$",
        description="Name of the model; GET /v1/models lists them.",
    )
    model_label: ModelLabel | None = Field(
        None,
        description="Which version of the model: `stable`, or `canary` where there is one. By "
        "default as it is rolled out: the stable one, or the canary for its share of the jobs.",
    )
    strength: float = Field(
        1.0, ge=0.0, le=1.0, description="How much of the model's change to apply."
    )
    codec: Codec | None = Field(
        None,
        description="Codec of the output; by default H.264 for 8 bits, HEVC for more (HDR).",
    )
    crf: int | None = Field(
        None,
        ge=0,
        le=51,
        description="Constant rate factor of the encoder, lower is better. By default the output "
        "is near to lossless: H.264 with one quantiser of 12, HEVC with a factor of 14, AV1 of "
        "10.",
    )
    preset: Preset = Field(
        "veryfast", description="Speed of the encoder against the size of the file."
    )
    nvenc: bool = Field(
        False,
        description="Encode on the graphics card where a worker has one with NVENC: faster, files "
        "somewhat larger. It is for 8 bits in standard dynamic range and 4:2:0; elsewhere the "
        "processor encodes, with a warning. `crf` is then NVENC's own constant quality; by default "
        "there is one quantiser: 12, for AV1 13 of 255.",
    )
    sdr: bool = Field(
        False, description="Give HDR video back in standard dynamic range, tone-mapped to BT.709."
    )
    strict: bool = Field(
        False,
        description="Refuse a video whose frames change their size or format in mid-stream, rather "
        "than bring them to the first one's, between black bars where their shape differs.",
    )
    container: Container | None = Field(
        None,
        description="Container of the output; by default the source's own kind: MP4, MOV (with AV1 "
        "it becomes MP4), MKV, or WebM where the codec is AV1 (else MKV). AVI and MPEG files "
        "become MP4, or what carries their sound untouched. `webm` needs the codec AV1, `mov` any "
        "other.",
    )
    metadata: Metadata = Field(
        Metadata.KEEP,
        description="What the file says of itself: `keep` it all; `strip-location` takes out where "
        "it was filmed, with the pictures and data tracks that may say so too; `strip` takes out "
        "date, device, titles and the rest as well, all but the languages and the names of "
        "chapters.",
    )
    comparison: Comparison = Field(
        Comparison.SPLIT,
        description="A second video to judge by: `split` is one frame, source left and enhanced "
        "right of its middle; `swipe` moves that line across the picture and back; `side` shows "
        "both whole, side by side; or `none`. It is upright H.264 in SDR, scaled down by a whole "
        "number where it would be longer than 4096 pixels.",
    )
    callback_url: Annotated[HttpUrl, UrlConstraints(max_length=LONGEST_URL)] | None = Field(
        None,
        description="Where to tell of the job's end: an https:// address that anybody can reach. "
        "What is posted there is described under webhooks.",
    )


@dataclass(frozen=True)
class Source:
    """The upload, as stored."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Output:
    """A finished video."""

    extension: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Job:
    """A job as it stands; times are aware and in UTC.

    ``revision`` grows with every change. ``queue_position`` counts the jobs, whosever they are,
    that were made earlier and have frames to be done; None once frames of this one are being done.
    ``frames_per_second`` is counted over the recent past; None where nothing was.
    """

    id: str
    tenant: str
    state: JobState
    options: JobOptions
    source: Source
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    labels: dict[str, str] = field(default_factory=dict)
    revision: int = 0
    model_version: int | None = None
    media: dict[str, Any] | None = None
    batches_total: int = 0
    batches_done: int = 0
    frames_total: int | None = None
    frames_done: int = 0
    frames_per_second: float | None = None
    queue_position: int | None = None
    output: Output | None = None
    warnings: list[JobWarning] = field(default_factory=list)
    error: dict[str, Any] | None = None


@dataclass(frozen=True)
class Batch:
    """One frame batch of a job."""

    job_id: str
    index: int
    frames: int
    attempts: int
    done: bool
