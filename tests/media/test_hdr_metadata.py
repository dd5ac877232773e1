"""The static metadata of HDR: read off a frame, and written into the pictures of the output."""

from __future__ import annotations

import struct
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from av.sidedata.sidedata import Type as SideDataType

from nhance_media.decoding import decode_packets, open_decoder
from nhance_media.encoding import Quality, SegmentEncoder, rate_of
from nhance_media.hdr_metadata import add_static_metadata
from nhance_media.samples import Samples
from nhance_proto.v1.frame_batch_pb2 import VideoConfig


@pytest.mark.parametrize("crf", [None, 20])
@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_static_metadata_of_hdr_is_in_the_pictures(codec: str, crf: int | None) -> None:
    target = VideoConfig(
        codec=codec,
        pix_fmt="yuv420p10le",
        color_primaries=9,
        color_trc=16,
        colorspace=9,
        color_range=1,
        mastering_display=[13250, 34500, 7500, 3000, 34000, 16000, 15635, 16450, 10_000_000, 50],
        max_cll=1000,
        max_fall=400,
    )
    grey = Samples(
        np.full((64, 64, 1), 400, np.uint16), np.full((32, 32, 2), 512, np.uint16), 10, 1, 1
    )
    encoder = SegmentEncoder(target, Quality(crf, "ultrafast"))
    packets = [*encoder.encode(grey, 0, 1), *encoder.finish()]

    (frame,) = decode_packets(open_decoder(encoder.config()), packets, 1 / rate_of(target))

    found = VideoConfig()
    add_static_metadata(found, frame)
    assert target.mastering_display == found.mastering_display
    assert (1000, 400) == (found.max_cll, found.max_fall)


class Told(bytes):
    """A frame's side data."""

    def __new__(cls, kind: SideDataType, data: bytes) -> Told:
        told = super().__new__(cls, data)
        told.type = kind
        return told

    type: SideDataType


def test_what_no_picture_can_hold_is_told_as_far_as_it_can() -> None:
    beyond = (2, 1)  # x and y of what Matroska allows, and a luminance that FFmpeg took for an int
    mastering = struct.pack("=22i", *beyond * 8, 50, 10_000, -1, 10_000, 1, 1)
    frame: Any = SimpleNamespace(
        side_data=[
            Told(SideDataType.MASTERING_DISPLAY_METADATA, mastering),
            Told(SideDataType.CONTENT_LIGHT_LEVEL, struct.pack("=2I", 70_000, 400)),
        ]
    )
    config = VideoConfig()

    add_static_metadata(config, frame)

    assert [65535] * 8 + [0, 50] == list(config.mastering_display)
    assert (65535, 400) == (config.max_cll, config.max_fall)
