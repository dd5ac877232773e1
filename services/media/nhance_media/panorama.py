"""360° and stereoscopic video in MP4 and MOV, which FFmpeg reads and PyAV has no way to write.

Google's Spherical Video RFC: version 1 is XML in a uuid box of the track, version 2 the boxes st3d
and sv3d in its sample description. Both describe the video as a whole, and go along as they are.
"""

from __future__ import annotations

import struct

from nhance_media.boxes import STSD, Box, parse_all

V1 = bytes.fromhex("ffcc8263f8554a938814587a02521fdd")
V2 = (b"st3d", b"sv3d")
# Before a sample entry in its stsd: version, flags, count. In it: size, type, and the fields of a
# VisualSampleEntry (ISO/IEC 14496-12 §12.1.3).
BEFORE_ENTRY, ENTRY_FIELDS = 8, 86


def described(trak: Box) -> list[Box]:
    """The boxes of a track that say how its pictures lie in the space around the viewer."""
    return [box for box in trak.children if _is_v1(box)] + _in_entry(trak)


def describe(trak: Box, source: Box) -> None:
    """Put the source's description into a track of one sample entry."""
    trak.children += [box for box in source.children if _is_v1(box)]
    stsd = trak.find(*STSD)
    if stsd and (added := _in_entry(source)):
        extend(stsd, added)


def extend(stsd: Box, added: list[Box]) -> None:
    """Add boxes to the one sample entry of a sample description."""
    at = BEFORE_ENTRY
    (size,) = struct.unpack_from(">I", stsd.content, at)
    entry = stsd.content[at + 4 : at + size] + b"".join(box.dump() for box in added)
    stsd.content = stsd.content[:at] + struct.pack(">I", 4 + len(entry)) + entry


def _is_v1(box: Box) -> bool:
    return box.type == b"uuid" and box.content.startswith(V1)


def _in_entry(trak: Box) -> list[Box]:
    """Those of version 2; none where the sample description is not sound."""
    stsd = trak.find(*STSD)
    if stsd is None:
        return []
    try:
        (size,) = struct.unpack_from(">I", stsd.content, BEFORE_ENTRY)
        inner = stsd.content[BEFORE_ENTRY + ENTRY_FIELDS : BEFORE_ENTRY + size]
        boxes = parse_all(inner)
    except (ValueError, struct.error):
        return []
    return [box for box in boxes if box.type in V2]


def clear_room(trak: Box, idle: bytes) -> None:
    """Take idle bytes out of a track's name, and the name with them if that was all of it."""
    udta = trak.find(b"udta")
    if udta is None:
        return
    names = [
        Box(box.type, box.content.replace(idle, b""))
        for box in parse_all(udta.content)
        if box.content != idle
    ]
    content = b"".join(box.dump() for box in names)
    trak.replace({b"udta"}, [Box(b"udta", content)] if content else [])
