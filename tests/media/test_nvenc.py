"""NVENC: what it is asked for, by which names, and what it is called. No card is needed here."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import ClassVar

import av
import pytest
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from nhance_kit.errors import OtherEncoder
from nhance_media import encoding, nvenc
from nhance_media.encoding import Quality
from nhance_media.nvenc import NvencEncoder
from nhance_media.samples import samples_of
from nhance_proto.v1.frame_batch_pb2 import Packet, VideoConfig
from tests.clips import picture

QUALITY = Quality(None, "veryfast")
TARGET = VideoConfig(codec="h264", pix_fmt="yuv420p", width=176, height=144)
NVRM = "NVRM version: NVIDIA UNIX {} Build\nGCC version:  gcc version 12.2.0 (GCC)\n"
OPEN = NVRM.format("Open Kernel Module for x86_64  580.65.06  Release")
CLOSED = NVRM.format("x86_64 Kernel Module  535.129.03  Thu Oct 19 18:56:32 UTC 2023")
# Of all options, by the encoder's revision. Where they change, REVISION has to be counted up.
OPTIONS = {2: "ecfc6b9d4d74b178"}


class StandIn(NvencEncoder):
    """x264 in NVENC's place, as this machine has none: no picture is reordered."""

    encoders: ClassVar = {"h264": "libx264"}

    @staticmethod
    def options(target: VideoConfig, quality: Quality) -> dict[str, str]:
        return {"preset": quality.preset, "qp": str(nvenc.QPS[target.codec]), "bf": "0"}


@pytest.fixture(autouse=True)
def nothing_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nvenc, "_encoded", {})


def proc(folder: Path, version: str, *models: str) -> Path:
    """A driver's folder."""
    (folder / "version").write_text(version)
    for index, model in enumerate(models):
        gpu = folder / "gpus" / f"0000:0{index}:00.0"
        gpu.mkdir(parents=True)
        (gpu / "information").write_text(f"Model: \t\t {model}\nIRQ:   \t\t 24\n")
    return folder


def all_options() -> list[tuple[str, dict[str, str]]]:
    return [
        (codec, NvencEncoder.options(VideoConfig(codec=codec), Quality(crf, preset)))
        for codec in NvencEncoder.encoders
        for crf in (None, 0, 20, 51)
        for preset in nvenc.PRESETS
    ]


def test_the_encoders_know_every_option_and_its_value() -> None:
    for codec, options in all_options():
        context = av.CodecContext.create(NvencEncoder.encoders[codec], "w")
        known = context.supported_options
        found = {option.name: option for option in (*known.generic, *known.private)}
        for name, value in options.items():
            names = [choice.name for choice in found[name].choices]
            assert value in names if names else found[name].min <= float(value) <= found[name].max


def test_other_options_are_another_revision() -> None:
    digest = hashlib.sha256(json.dumps(all_options(), sort_keys=True).encode())

    assert OPTIONS[encoding.REVISION] == digest.hexdigest()[:16]


@pytest.mark.parametrize(
    ("differs", "suited"),
    [
        ({}, True),
        ({"codec": "hevc", "chroma_location": 1}, True),
        ({"codec": "av1"}, True),
        ({"codec": "av1", "chroma_location": 1}, False),
        ({"chroma_location": 3}, False),
        ({"pix_fmt": "yuv420p10le"}, False),
        ({"pix_fmt": "yuv422p"}, False),
        ({"pix_fmt": "yuv444p"}, False),
        ({"color_trc": 18}, False),
        ({"mastering_display": range(10)}, False),
        ({"max_cll": 1000}, False),
    ],
)
def test_what_cannot_be_told_to_nvenc_is_not_given_to_it(
    differs: dict[str, object], suited: bool
) -> None:
    target = VideoConfig()
    target.MergeFrom(TARGET)
    target.MergeFrom(VideoConfig(**differs))  # type: ignore[arg-type]

    assert suited == nvenc.suits(target)
    assert suited == ("graphics card" in nvenc.unused(target).sentence)


@pytest.mark.parametrize(
    ("version", "models", "card"),
    [
        (OPEN, ["NVIDIA L4", "NVIDIA L4"], "NVIDIA L4, driver 580.65.06"),
        (CLOSED, ["Tesla T4"], "Tesla T4, driver 535.129.03"),
        (OPEN, ["NVIDIA L4", "Tesla T4"], None),
        (OPEN, ["Unknown"], None),
        (OPEN, [], None),
        ("", ["NVIDIA L4"], None),
    ],
)
def test_a_card_is_called_by_model_and_driver(
    tmp_path: Path, version: str, models: list[str], card: str | None
) -> None:
    assert card == nvenc.card(proc(tmp_path, version, *models))


def test_no_driver_is_no_card(tmp_path: Path) -> None:
    assert nvenc.card(tmp_path / "nvidia") is None


@pytest.mark.skipif(nvenc.card() is not None, reason="there is a card")
def test_a_card_that_refuses_is_not_asked_again(tmp_path: Path) -> None:
    there = proc(tmp_path, OPEN, "NVIDIA L4")
    frame = samples_of(VideoFrame(176, 144, "yuv420p"))

    with pytest.raises(OtherEncoder, match="does not encode"):
        list(NvencEncoder(TARGET, QUALITY).encode(frame, 0, 1))
    assert [False] == list(nvenc._encoded.values())
    assert nvenc.version(TARGET, QUALITY, there) is None


def test_a_card_that_has_encoded_a_picture_is_pinned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nvenc, "NvencEncoder", StandIn)
    there = proc(tmp_path, OPEN, "NVIDIA L4")
    odd = VideoConfig(codec="h264", pix_fmt="yuv420p", width=175, height=143)
    deep = VideoConfig(codec="h264", pix_fmt="yuv420p10le", width=176, height=144)

    called = f"{encoding.VERSION}, NVENC NVIDIA L4, driver 580.65.06"
    assert [called, called, None] == [
        nvenc.version(target, QUALITY, there) for target in (TARGET, odd, deep)
    ]


def test_packets_come_in_the_order_of_the_frames() -> None:
    encoder = StandIn(TARGET, QUALITY)
    packets: list[Packet] = []
    for index in range(30):
        rgb = VideoFrame.from_ndarray(picture(index, 144, 176), format="rgb24")
        packets += encoder.encode(samples_of(rgb.reformat(format="yuv420p")), index * 512, 512)
    packets += encoder.finish()
    config = encoder.config()

    assert [index * 512 for index in range(30)] == [packet.pts for packet in packets]
    assert packets[0].keyframe
    assert config.reordered == 0
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, VideoCodecContext)
    decoder.extradata = config.extradata
    frames = [frame for packet in packets for frame in decoder.decode(av.Packet(packet.data))]
    assert len([*frames, *decoder.decode(None)]) == 30
