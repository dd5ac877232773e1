"""The same frames give the same bytes, whatever lies in the memory that the encoder is given."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys

import pytest

from nhance_media import encoding
from nhance_media.encoding import Quality
from nhance_proto.v1.frame_batch_pb2 import VideoConfig

# Of all options, by their revision. Where they change, REVISION has to be counted up.
OPTIONS = {2: "5e7cb39348d6d806"}

ENCODE = """
import hashlib
from nhance_media.encoding import Quality, SegmentEncoder
from nhance_media.samples import samples_of
from nhance_proto.v1.frame_batch_pb2 import VideoConfig
from av.video.frame import VideoFrame
from tests.clips import picture

target = VideoConfig(codec="h264", pix_fmt="yuv420p", colorspace=1)
encoder = SegmentEncoder(target, Quality(17, "veryfast"))
packets = []
for index in range(30):
    rgb = VideoFrame.from_ndarray(picture(index, 144, 176), format="rgb24")
    packets += encoder.encode(samples_of(rgb.reformat(format="nv12")), index * 512, 512)
packets += encoder.finish()
print(hashlib.sha256(b"".join(packet.data for packet in packets)).hexdigest())
"""


def digest(perturbed_by: int) -> str:
    """The bytes' hash, with glibc filling what it hands out and takes back (mallopt(3))."""
    environment = {**os.environ, "MALLOC_PERTURB_": str(perturbed_by)}
    return subprocess.check_output([sys.executable, "-c", ENCODE], env=environment, text=True)


def test_the_bytes_do_not_depend_on_unwritten_memory() -> None:
    assert len({digest(perturbed_by) for perturbed_by in (0, 17, 170)}) == 1


@pytest.mark.skipif(platform.machine() != "x86_64", reason="x264 has an option more there")
def test_other_options_are_another_revision() -> None:
    targets = [
        VideoConfig(codec=codec, pix_fmt=pix_fmt, chroma_location=place, max_cll=1000, max_fall=400)
        for codec, pix_fmt in (
            ("h264", "yuv420p"),
            ("h264", "yuv444p"),
            ("hevc", "yuv420p10le"),
            ("av1", "yuv420p"),
        )
        for place in (0, 3)
    ]
    for target in targets:
        target.mastering_display[:] = range(10)
    options = [Quality(crf, "veryfast").options(target) for crf in (None, 20) for target in targets]
    digest = hashlib.sha256(json.dumps([options, encoding.REORDERED], sort_keys=True).encode())

    assert OPTIONS[encoding.REVISION] == digest.hexdigest()[:16]
