"""Encoding on a graphics card: NVIDIA's NVENC, where this machine has one that can.

Its bytes differ by the card and by the driver, and can't be joined with another encoder's: both are
in what a job is pinned to (``nhance_kit.pins``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import av
import numpy as np
from av.video.frame import VideoFrame

from nhance_kit.errors import OtherEncoder
from nhance_kit.warned import JobWarning, WarningCode
from nhance_media.colour import HDR_TRANSFERS
from nhance_media.encoding import QP, VERSION, Quality, SegmentEncoder
from nhance_media.samples import Samples, layout_of
from nhance_proto.v1.frame_batch_pb2 import Packet, VideoConfig

NAME = "NVENC"
PROC = Path("/proc/driver/nvidia")
_DRIVER = re.compile(r"^NVRM version: .*?\s(\d+(?:\.\d+)+)\b", re.MULTILINE)
_MODEL = re.compile(r"^Model:\s+(\S.*?)\s*$", re.MULTILINE)
# What the driver says before it has looked at a card.
_UNKNOWN = "Unknown"
# AV1's quantiser has an index, to 255; the step of number 13 is that of H.264's and HEVC's 12, two
# and a half codes (AV1's specification, §7.12.2, and ITU-T H.264, §8.5.9).
QPS = {"h264": QP, "hevc": QP, "av1": 13}
PRESETS = {
    "ultrafast": "p1",
    "superfast": "p1",
    "veryfast": "p2",
    "faster": "p3",
    "fast": "p3",
    "medium": "p4",
    "slow": "p5",
    "slower": "p6",
    "veryslow": "p7",
}
# x264's longest GOP; one quantiser for keyframes and the others; and none of them reordered.
PLAIN = {"g": "250", "i_qfactor": "1", "bf": "0"}
# HEVC and AV1 would be divided among as many engines as a card has.
WHOLE = {"split_encode_mode": "disabled"}
OWN = {"h264": {"profile": "high"}, "hevc": WHOLE, "av1": WHOLE}
# ``chroma_location`` where it is not stated, and where it is left.
UNSTATED, LEFT = 0, 1

# By target: whether this machine's card has encoded it.
_encoded: dict[bytes, bool] = {}


def suits(target: VideoConfig) -> bool:
    """Whether all that is known of a target can be told to NVENC.

    PyAV gives it no static HDR metadata, and FFmpeg no place of the chroma: for H.264 and HEVC what
    is not stated is left (ITU-T H.264 and H.265, E.2.1), for AV1 it is unknown.
    """
    places = (UNSTATED,) if target.codec == "av1" else (UNSTATED, LEFT)
    return (
        layout_of(target.pix_fmt) == (8, (1, 1))
        and target.color_trc not in HDR_TRANSFERS
        and not (target.mastering_display or target.max_cll)
        and target.chroma_location in places
    )


def card(proc: Path = PROC) -> str | None:
    """The model of this machine's cards, and the version of their driver.

    None where there is no card, and where there are different ones: FFmpeg takes any.
    """
    try:
        driver = _DRIVER.search((proc / "version").read_text())
        told = [path.read_text() for path in proc.glob("gpus/*/information")]
    except OSError:
        return None
    models = {model for text in told for model in _MODEL.findall(text)}
    if driver is None or len(models) != 1 or _UNKNOWN in models:
        return None
    return f"{models.pop()}, driver {driver[1]}"


def version(target: VideoConfig, quality: Quality, proc: Path = PROC) -> str | None:
    """What to pin a job of this target to for this machine's NVENC; None where that can't do it."""
    found = card(proc)
    if found is None or not suits(target) or not _encodes(target, quality):
        return None
    return f"{VERSION}, {NAME} {found}"


def unused(target: VideoConfig) -> JobWarning:
    """Tells that the processor encoded what NVENC was asked for, and why."""
    why = (
        "the worker that began it has no graphics card that can"
        if suits(target)
        else "NVENC is used for standard dynamic range in 8 bits and 4:2:0 alone, with its chroma "
        "in the usual place"
    )
    return JobWarning(WarningCode.NVENC_UNUSED, f"The video was encoded by the processor: {why}.")


class NvencEncoder(SegmentEncoder):
    """A run of frames, as SegmentEncoder makes it, by NVENC; for targets that suit.

    Raises OtherEncoder where the card refuses: from then on ``version`` is None for the target.
    """

    encoders: ClassVar = {"h264": "h264_nvenc", "hevc": "hevc_nvenc", "av1": "av1_nvenc"}
    reordered: ClassVar = {"h264": 0, "hevc": 0, "av1": 0}

    @staticmethod
    def options(target: VideoConfig, quality: Quality) -> dict[str, str]:
        """The encoder's options; a factor of 0 would let NVENC choose, so it is 1."""
        rate = (
            {"rc": "constqp", "qp": str(QPS[target.codec])}
            if quality.crf is None
            else {"rc": "vbr", "cq": str(max(1, quality.crf))}
        )
        return {"preset": PRESETS[quality.preset], **rate, **PLAIN, **OWN[target.codec]}

    def _messages(self, frame: VideoFrame | None) -> Iterator[Packet]:
        try:
            yield from super()._messages(frame)
        except av.error.FFmpegError as error:
            _encoded[_key(self._target)] = False
            raise OtherEncoder(f"The graphics card does not encode: {error}") from error


def _encodes(target: VideoConfig, quality: Quality) -> bool:
    """Whether the card encodes a target: one picture of it tells, once for each."""
    key = _key(target)
    if key not in _encoded:
        height, width = target.height, target.width
        luma = np.zeros((height, width, 1), np.uint8)
        chroma = np.full((-(-height // 2), -(-width // 2), 2), 128, np.uint8)
        try:
            encoder = NvencEncoder(target, quality)
            made = [*encoder.encode(Samples(luma, chroma, 8, 1, 1), 0, 1), *encoder.finish()]
            _encoded[key] = [True] == [packet.keyframe for packet in made]
        except (OtherEncoder, av.codec.codec.UnknownCodecError):
            _encoded[key] = False
    return _encoded[key]


def _key(target: VideoConfig) -> bytes:
    return target.SerializeToString(deterministic=True)
