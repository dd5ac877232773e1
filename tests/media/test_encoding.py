"""The same frames give the same bytes, whatever lies in the memory that the encoder is given."""

from __future__ import annotations

import os
import subprocess
import sys

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
