"""Spatial video as iPhones film it, as far as readers of one view see it: the first layer alone.

HEVC with a layer for each eye (MV-HEVC, ITU-T H.265, annex G), and the boxes of Apple's "Stereo
Video ISOBMFF Extensions".
"""

from __future__ import annotations

import struct
from pathlib import Path

from nhance_media.boxes import STSD, Box, parse_all
from nhance_media.panorama import BEFORE_ENTRY, ENTRY_FIELDS
from tests.bits import Bits
from tests.clips import write_clip
from tests.media.sources import moov_of, reindex

SIZE = 128, 96
VPS_HEADER = b"\x40\x01"
# Of an HEVC configuration (ISO/IEC 14496-15, §8.3.3): what stands before its arrays of NAL units,
# and in it profile, tier and level.
PROFILE = slice(1, 13)
# ScalabilityId 1, the view (F.7.4.3.1.1), of 16 from the left.
MULTIVIEW = 1 << 14
BOTH_EYES = 3


def both_eyes() -> Box:
    """Says that the track holds a view for each eye."""
    return Box(b"vexu", Box(b"eyes", Box(b"stri", bytes(4) + bytes([BOTH_EYES])).dump()).dump())


def two_layers(profile: bytes) -> bytes:
    """A video parameter set of two views, the second predicted from the first (F.7.3.2.1)."""
    bits = Bits().u(4, 0).u(2, 3).u(6, 1).u(3, 0).u(1, 1).u(16, 0xFFFF).append(profile)
    bits.u(1, 1).ue(4, 2, 0)  # pictures that are kept, and those that are reordered
    bits.u(6, 1).ue(1).u(2, 3)  # two sets of layers, the second of both
    bits.u(1, 0).u(1, 1)  # no timing, but an extension
    bits.aligned().append(profile[-1:])
    bits.u(1, 0).u(16, MULTIVIEW).u(3, 0).u(1, 0).u(1, 1)  # the second layer's view order is 1
    bits.u(4, 1).u(2, 1)  # ids of views
    bits.u(1, 1)  # the second layer depends on the first
    bits.u(3, 0).ue(1, 0).u(2, 0).u(2, 1)  # a profile and an output for each
    bits.ue(0).u(16, SIZE[0]).u(16, SIZE[1]).u(1, 1).u(2, 1).u(8, 0).u(1, 0)
    bits.u(2, 2).u(1, 0).ue(4, 4, 2, 0)
    bits.ue(0).u(1, 1).u(2, 2).ue(0).u(1, 0)
    return bits.nal(VPS_HEADER)


def write_spatial(path: Path) -> Path:
    """An MP4 with a tone; the second layer's pictures are not in it."""
    write_clip(
        path, frames=12, size=SIZE, codec="libx265", options={"x265-params": "log-level=error"}
    )
    moov = moov_of(path)
    stsd = moov.every(b"trak")[0].find(*STSD)
    assert stsd is not None
    start = BEFORE_ENTRY + ENTRY_FIELDS
    boxes = [
        box if box.type != b"hvcC" else _layered(box) for box in parse_all(stsd.content[start:])
    ]
    inner = b"".join(box.dump() for box in [*boxes, both_eyes()])
    entry = stsd.content[BEFORE_ENTRY + 4 : start] + inner
    stsd.content = stsd.content[:BEFORE_ENTRY] + struct.pack(">I", 4 + len(entry)) + entry
    reindex(path, moov)
    return path


def _layered(hvcc: Box) -> Box:
    """The configuration with the video parameter set of two layers in place of its own."""
    content = hvcc.content
    at = content.index(VPS_HEADER) - 2
    (length,) = struct.unpack_from(">H", content, at)
    vps = two_layers(content[PROFILE])
    return Box(
        b"hvcC", content[:at] + struct.pack(">H", len(vps)) + vps + content[at + 2 + length :]
    )
