"""Dolby Vision of profile 8, whose picture other players show as well: the HLG or HDR10 of phones.

The configuration is that of Dolby's "Dolby Vision Streams Within the ISO Base Media File Format",
§3. The metadata of a picture (RPU) is that of ETSI GS CCM 001, §5.3: it maps every code to itself.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import av
from av.packet import Packet

from nhance_media import panorama
from nhance_media.boxes import STSD, Box
from tests.bits import Bits
from tests.clips import write_clip
from tests.media.sources import moov_of, reindex

HLG, PQ = 18, 16
# bl_signal_compatibility_id: what the picture is to other players.
COMPATIBILITY = {HLG: 4, PQ: 1}
LEVEL = 4
# HEVC, table 7-1: a type of no meaning to HEVC itself.
RPU_NAL = bytes([62 << 1, 1])
PREFIX = b"\x19"
FRACTION = 23


def configuration(transfer: int) -> Box:
    """With RPU and base layer, without enhancement layer; version 1.0."""
    bits = Bits().u(8, 1).u(8, 0).u(7, 8).u(6, LEVEL).u(1, 1).u(1, 0).u(1, 1)
    bits.u(4, COMPATIBILITY[transfer]).u(28, 0)
    return Box(b"dvvC", bits.whole() + bytes(16))


def rpu() -> bytes:
    """A NAL unit."""
    # rpu_type, rpu_format, vdr_rpu_profile and level, vdr_seq_info_present_flag
    bits = Bits().u(6, 2).u(11, 18).u(4, 1).u(4, 0).u(1, 1)
    # no filter for chroma; coefficients are integers with a fraction; not normalized; limited range
    bits.u(1, 0).u(2, 0).ue(FRACTION).u(2, 1).u(1, 0)
    bits.ue(2, 2, 4)  # ten bits in both layers, twelve in what they make
    bits.u(5, 0).u(1, 1)  # no resampling, and no residual
    bits.u(1, 0).u(1, 0)  # no metadata of display management; nothing of the RPU before
    bits.ue(0, 0, 0)  # its id, colour space and chroma format
    for _ in range(3):
        bits.ue(0).u(10, 0).u(10, 1023)  # one piece, from lowest to highest code
    bits.ue(0, 0)  # one partition
    for _ in range(3):
        # a polynomial of first order: 0 + 1 x
        bits.ue(0, 0).u(1, 0)
        bits.ue(0).u(FRACTION, 0).ue(1).u(FRACTION, 0)
    payload = bits.whole()
    crc = struct.pack(">I", _crc32(payload))
    return Bits().append(PREFIX + payload + crc).nal(RPU_NAL)


def write_dolby_vision(path: Path, transfer: int) -> Path:
    """An MP4 or MOV with a tone; each picture has its RPU, and the index says that they do."""
    plain = write_clip(
        path.with_name("plain.mp4"),
        frames=30,
        codec="libx265",
        pix_fmt="yuv420p10le",
        options={"preset": "ultrafast", "x265-params": "log-level=error:keyint=10"},
        tags=(9, transfer, 9, 1),
    )
    unit = rpu()
    with av.open(str(plain)) as source, av.open(str(path), "w") as output:
        copies = [output.add_stream_from_template(each, opaque=True) for each in source.streams]
        video: Any = copies[0]
        video.codec_tag = "hvc1"
        for packet in source.demux():
            if packet.dts is None:
                continue
            copy: Packet[Any] = packet
            if packet.stream_index == 0:
                copy = Packet(bytes(packet) + struct.pack(">I", len(unit)) + unit)
                copy.pts, copy.dts, copy.duration = packet.pts, packet.dts, packet.duration
                copy.time_base, copy.is_keyframe = packet.time_base, packet.is_keyframe
            copy.stream = copies[packet.stream_index]
            output.mux_one(copy)
    moov = moov_of(path)
    stsd = moov.every(b"trak")[0].find(*STSD)
    assert stsd is not None
    panorama.extend(stsd, [configuration(transfer)])
    reindex(path, moov)
    return path


def _crc32(data: bytes) -> int:
    """CRC-32/MPEG-2 (ITU-T H.222.0, annex A)."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1) & 0xFFFFFFFF ^ (0x04C11DB7 if crc >> 31 else 0)
    return crc
