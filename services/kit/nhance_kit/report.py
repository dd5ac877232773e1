"""What ``report.json`` holds: what came in, what went out, and what was changed and why.

Mux writes it, the gateway serves it as it is; the API's schema is made of these classes.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class ColourTags(BaseModel):
    """Names of the code points of ITU-T H.273; null where they say nothing."""

    primaries: str | None = Field(None, examples=["BT.2020"])
    transfer: str | None = Field(None, examples=["HLG"])
    matrix: str | None = Field(None, examples=["BT.2020 NCL"])
    range: Literal["limited", "full"] | None = None


class Mastering(BaseModel):
    """The display that the video was graded on (SMPTE ST 2086): x and y, and cd/m²."""

    red: tuple[float, float]
    green: tuple[float, float]
    blue: tuple[float, float]
    white: tuple[float, float]
    highest: float
    lowest: float


class HdrMetadata(BaseModel):
    """Static metadata of high dynamic range."""

    mastering: Mastering | None = None
    max_cll: int | None = Field(None, description="The brightest pixel, cd/m² (CTA-861.3).")
    max_fall: int | None = Field(None, description="The brightest frame's mean, cd/m² (CTA-861.3).")


class Stream(BaseModel):
    """A stream as its file describes it; video has the fields from ``width`` on."""

    index: int
    type: str = Field(examples=["video"])
    codec: str | None = Field(None, description="FFmpeg's name of it.", examples=["hevc"])
    language: str | None = Field(None, examples=["eng"])
    duration_s: float | None = Field(None, description="Null where the container does not say.")
    packets: int | None = Field(None, description="Null where the container does not count them.")
    width: int | None = Field(default=None, description="Pixels, as stored.")
    height: int | None = None
    pix_fmt: str | None = Field(default=None, examples=["yuv420p10le"])
    sample_aspect_ratio: str | None = Field(default=None, examples=["1:1"])
    frame_rate: float | None = Field(default=None, description="The mean.")
    colour: ColourTags | None = None
    rotation: int | None = Field(
        default=None,
        description="Degrees counter-clockwise to turn the picture by.",
        examples=[-90],
    )
    reflected: bool | None = Field(
        default=None, description="Whether it is to be mirrored as well."
    )
    hdr: HdrMetadata | None = Field(default=None, description="Null where there is none.")


class SourceStream(Stream):
    """A stream of the source, and what became of it."""

    became: Literal["enhanced", "copied", "left out"]
    reason: str | None = Field(description="Why it was left out.")


class Container(BaseModel):
    """A file."""

    format: str = Field(
        description="Its container; a source's by FFmpeg's name.",
        examples=["mov,mp4,m4a,3gp,3g2,mj2"],
    )
    bytes: int
    sha256: str
    duration_s: float | None


class SourceFile(Container):
    name: str
    streams: list[SourceStream]


class OutputFile(Container):
    streams: list[Stream]


class Change(BaseModel):
    """Something that was changed, left out or lost, and why: one of the job's warnings."""

    code: str = Field(description="Never changes its meaning.", examples=["stream-left-out"])
    sentence: str
    stream: int | None = Field(description="The source's stream that it is about.")
    count: int | None = Field(description="Of how many frames, where it is about some.")


class Frames(BaseModel):
    """How many frames came in and went out."""

    received: int = Field(description="That the source's packets hold: written and lost.")
    written: int
    concealed: int = Field(description="Damaged ones that the decoder patched up.")
    lost: int = Field(description="That could not be decoded.")


class Batches(BaseModel):
    """Frame batches, and how often one was begun: more often than there are where work was lost."""

    count: int
    attempts: int


class ModelUsed(BaseModel):
    name: str
    version: int
    strength: float


class EncoderUsed(BaseModel):
    codec: str
    pix_fmt: str
    crf: int | None = Field(description="The constant rate factor; null where `qp` is given.")
    qp: int | None = Field(
        description="The one quantiser, of H.264 and of NVENC, that nobody asked less of."
    )
    preset: str
    version: str | None = Field(
        default=None,
        description="What all batches were encoded with; NVENC is named with its card and driver. "
        "Null in reports from before this was told.",
        examples=["av 18.1.0, options 1"],
    )


class Series(BaseModel):
    """Means over a picture, one value for each entry of ``Measured.time_s``.

    A signal is 0 (black) … 1 (white), before the display's curve.
    """

    luma: list[float] = Field(description="The mean signal.")
    luminance: list[float] = Field(description="The mean light, white is 1 (ITU-R BT.1886).")
    contrast: list[float] = Field(description="The standard deviation of the signal (RMS).")
    spread: list[float] = Field(description="From the signal's 5th percentile to its 95th.")
    saturation: list[float] = Field(description="The mean distance from grey, √(Cb²+Cr²).")
    noise: list[float] = Field(
        description="The standard deviation of the noise in the signal (Immerkær 1996); fine "
        "texture counts as noise."
    )
    histogram: list[float] = Field(
        description="Of the whole video: shares of the signal in 32 equal steps, in all 1."
    )


class Measured(BaseModel):
    """The picture over time, as the model saw it: the first frame of each ``every_s``.

    Of high dynamic range that is its rendition in standard dynamic range.
    """

    every_s: float = Field(description="Half a second; more for long videos.")
    time_s: list[float] = Field(description="When the measured frames are shown.")
    look: list[list[float]] | None = Field(
        description="The model's look of each; null for a model without one."
    )
    before: Series
    after: Series


class Timings(BaseModel):
    """Seconds. They differ from run to run; nothing else of the report does."""

    queue_s: float = Field(description="From the upload's end until ingest took the job up.")
    ingest_s: float
    enhance_s: float = Field(description="From the first batch's start to the last one's end.")
    decode_s: float = Field(description="Summed over the batches; so are the next two.")
    model_s: float = Field(description="In which a batch waited for the model.")
    encode_s: float = Field(description="Encoding, comparison and measuring included.")
    mux_s: float
    frames_per_second: float | None = Field(description="Frames written by ``enhance_s``.")


class Report(BaseModel):
    """What a job made of a video, and what it did to it."""

    version: Literal[1] = Field(default=1, description="Of this document's format.")
    job: str = Field(description="The job's id.")
    source: SourceFile
    output: OutputFile
    changes: list[Change]
    frames: Frames
    batches: Batches
    model: ModelUsed
    encoder: EncoderUsed
    measured: Measured
    timings: Timings
