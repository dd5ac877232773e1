"""How long the work on a video takes, by what does it.

Speeds are measured: on the processor by ``make bench``, as deploy/SCALING.md names them, on an H100
as MODEL_CARD.md does. Of other cards none has been measured: there DPED is reckoned from the H100
by the card's ``of_h100``. What ``look`` takes on a card goes into what is around its arithmetic, so
another card is taken to do as much.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from nhance_local.simulation.hardware import NodeKind

BATCH_S = 2.0
"""What a batch aims for, in seconds of video."""

MEASURED_MPX = 1280 * 720 / 1e6
MEASURED_CORES = 2
CARD_MPX = 1920 * 1080 / 1e6


def _mpx_per_core_s(frames_per_second: float) -> float:
    return frames_per_second * MEASURED_MPX / MEASURED_CORES


DECODE_MPX_S = _mpx_per_core_s(503)
ENCODE_MPX_S = _mpx_per_core_s(71.2)

STEP_S = 0.5
"""Of each task, for what does not depend on the video: S3's first bytes, the transaction."""

COPY_MB_S = 50.0
"""What ingest and mux get through, S3's part included; an assumption."""

OUTPUT_GROWTH = 3.0
"""The output's bytes for one of the source's: one quantiser for all is generous; an assumption."""

UPLOAD_MB_PER_CORE_S = 50.0
"""What one core of a gateway takes in; an assumption."""

WEBHOOK_S = 0.3


class Model(StrEnum):
    LOOK = "look"
    DPED = "dped"


@dataclass(frozen=True)
class ModelCost:
    """Megapixels a second on one core and on an H100, and whether the card is what holds it up."""

    mpx_per_core_s: float
    h100_mpx_s: float
    is_bound_by_card: bool

    def mpx_s(self, node: NodeKind) -> float:
        """On the node's card."""
        return self.h100_mpx_s * (node.of_h100 if self.is_bound_by_card else 1.0)


COSTS = {
    Model.LOOK: ModelCost(_mpx_per_core_s(36.3), 74.0 * CARD_MPX, is_bound_by_card=False),
    Model.DPED: ModelCost(_mpx_per_core_s(0.21), 16.4 * CARD_MPX, is_bound_by_card=True),
}


@dataclass(frozen=True)
class Footage:
    """What people send. Lengths are log-normal around a median, in seconds."""

    megapixels: float = 1920 * 1080 / 1e6
    frames_per_second: float = 30.0
    megabytes_per_s: float = 130 / 60
    """Apple's Camera settings say 130 MB for a minute of 1080p at 30 frames in H.264."""
    median_s: float = 20.0
    spread: float = 0.8
    longest_s: float = 600.0

    @property
    def batch_mpx(self) -> float:
        return self.megapixels * self.frames_per_second * BATCH_S


PHONES = Footage()


@dataclass(frozen=True)
class BatchTime:
    """Seconds a pod takes for one batch, and those of them in which its model computes."""

    batch_s: float
    model_s: float


def batch_time(footage: Footage, model: Model, cores: float, gpu: NodeKind | None) -> BatchTime:
    """On a GPU model and codecs run beside each other, on a processor they share it."""
    mpx = footage.batch_mpx
    codecs_s = mpx * (1 / DECODE_MPX_S + 1 / ENCODE_MPX_S) / cores
    if gpu is None:
        model_s = mpx / (COSTS[model].mpx_per_core_s * cores)
        return BatchTime(STEP_S + codecs_s + model_s, model_s)
    model_s = mpx / COSTS[model].mpx_s(gpu)
    return BatchTime(max(codecs_s, model_s), model_s)


def ingest_s(footage: Footage, length_s: float) -> float:
    return STEP_S + length_s * footage.megabytes_per_s / COPY_MB_S


def mux_s(footage: Footage, length_s: float) -> float:
    return STEP_S + length_s * footage.megabytes_per_s * OUTPUT_GROWTH / COPY_MB_S


def upload_core_s(footage: Footage, length_s: float) -> float:
    """Of a gateway's processor."""
    return length_s * footage.megabytes_per_s / UPLOAD_MB_PER_CORE_S
