"""The index of an MP4 or MOV source, and what of it FFmpeg reads but cannot write.

FFmpeg copies the samples of any track, with their times, but knows how to describe few kinds of
data; and of the file's own tags it writes some, in other places. So a track that it cannot describe
is written as one that it can, with a mark in its handler's name and idle bytes in its title, and
the tags likewise; afterwards the source's own boxes take the place of those, in the room of the
idle bytes. No byte outside of the movie box moves.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nhance_kit.errors import Internal
from nhance_media import panorama
from nhance_media.boxes import STSD, Box, mended, parse, read_moov, top_boxes
from nhance_media.source import ReadableFile

MEDIA_HEADERS = {b"vmhd", b"smhd", b"gmhd", b"hmhd", b"nmhd", b"sthd"}
TAG_BOXES = {b"udta", b"meta"}
HDLR = (b"mdia", b"hdlr")
# Handlers of tracks about the packets of other tracks, which are no longer those (§12.4).
HINTS = b"hint"
# Each box that is added to others takes at most so many bytes beside its content.
SLACK = 64
# What Adobe's programs and some cameras say of a file, in a box of its own beside the movie (XMP
# Specification, part 3, §1.1.3).
XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
MOST_XMP_BYTES = 16 << 20
# Of a tkhd (§8.3.2): layer, alternate group, volume, matrix, width and height.
TAIL_OF_TKHD = 52


@dataclass(frozen=True)
class Index:
    """A source's movie box, and its XMP if it has some."""

    moov: Box
    xmp: bytes = b""

    @property
    def tracks(self) -> dict[int, Box]:
        """The tracks by their ids, which FFmpeg's streams have too."""
        return {_id_of(trak): trak for trak in self.moov.every(b"trak")}

    def chapters(self) -> set[int]:
        """The ids of tracks that hold the names or pictures of chapters."""
        return {
            target
            for trak in self.moov.every(b"trak")
            for kind, targets in _references(trak)
            if kind == b"chap"
            for target in targets
        }

    def describable(self) -> set[int]:
        """The ids of tracks whose one sample description can be put back."""
        return {
            number
            for number, trak in self.tracks.items()
            if (stsd := trak.find(*STSD))
            and stsd.content[4:8] == b"\0\0\0\1"
            and len(stsd.content) >= 24
            and (hdlr := trak.find(*HDLR))
            and hdlr.content[8:12] != HINTS
        }

    def timecodes(self) -> set[int]:
        """The ids of tracks of timecode."""
        return {
            number
            for number, trak in self.tracks.items()
            if (stsd := trak.find(*STSD)) and stsd.content[12:16] == b"tmcd"
        }

    def room_for_track(self, number: int) -> int:
        """How many idle bytes a track needs."""
        trak = self.tracks[number]
        taken = [trak.find(*path) for path in ((b"tref",), HDLR, STSD)]
        taken += [box for box in trak.children if box.type in TAG_BOXES]
        taken += _media_headers(trak)
        return SLACK + sum(len(box.dump()) for box in taken if box is not None)

    def room_for_panorama(self, number: int) -> int:
        """How many idle bytes a track needs for how its pictures lie around the viewer, if any."""
        found = panorama.described(self.tracks[number])
        return SLACK + sum(len(box.dump()) for box in found) if found else 0

    def panoramas(self) -> set[int]:
        """The ids of tracks whose place around the viewer can be put back."""
        return {number for number in self.tracks if self.room_for_panorama(number)}

    def room_for_tags(self) -> int:
        return SLACK + sum(len(box.dump()) for box in self.tags())

    def tags(self) -> list[Box]:
        """The file's tags, but for those that point into the file."""
        found = [box for box in self.moov.children if box.type in TAG_BOXES]
        return [box for box in found if b"iloc" not in box.content]


def read_index(file: ReadableFile) -> Index | None:
    """The index of a file that is not opened yet; None for other containers and damaged ones."""
    found, xmp = read_moov(file), _read_xmp(file)
    file.seek(0)
    if found is None:
        return None
    try:
        index = Index(parse(found[1]), xmp)
        index.tracks, index.chapters()
    except (ValueError, struct.error):
        return None
    return index


def read_panoramas(file: ReadableFile) -> set[int]:
    """Of a file that is not opened yet, the ids of the tracks that ``Index.panoramas`` has."""
    index = read_index(file)
    return index.panoramas() if index else set()


def idle(room: int) -> str:
    """What fills the room for boxes that are put back."""
    return "." * room


def mark(number: int) -> str:
    """The handler's name of a track that stands for the source's track of that number."""
    return f"nhance:{number};"


def _read_xmp(file: ReadableFile) -> bytes:
    """The box of XMP, whole; nothing where there is none of a sound size."""
    for at, size, kind in top_boxes(file):
        if kind == b"uuid" and size <= MOST_XMP_BYTES:
            file.seek(at)
            data = file.read(size)
            if data[8:24] == XMP and len(data) == size:
                return data
    return b""


def put_back(path: Path, index: Index, main: int, tracks: Mapping[int, str], tags: bool) -> None:
    """Mend an output: its ``tracks``, by their source's ids with their marks, and its tags.

    ``main`` is the id of the source's track that was enhanced, the first one of the output. The
    XMP is one of the tags.
    """
    with mended(path) as moov:
        standing = _standing(moov, tracks)
        numbers = {number: _id_of(trak) for number, trak in standing.items()}
        video = moov.every(b"trak")[0]
        numbers[main] = _id_of(video)
        for number, trak in standing.items():
            _describe(trak, index.tracks[number], numbers, tags)
        _refer(video, index.tracks[main], numbers)
        if room := index.room_for_panorama(main):
            panorama.clear_room(video, idle(room).encode())
            panorama.describe(video, index.tracks[main])
        if tags:
            moov.replace(TAG_BOXES, index.tags())
    if tags and index.xmp:
        with path.open("ab") as file:
            file.write(index.xmp)


def _id_of(trak: Box) -> int:
    """Raises ValueError for a track without one."""
    tkhd = trak.find(b"tkhd")
    if tkhd is None:
        raise ValueError("a track without a header")
    number: int = struct.unpack_from(">I", tkhd.content, 20 if tkhd.content[0] else 12)[0]
    return number


def _references(trak: Box) -> list[tuple[bytes, tuple[int, ...]]]:
    tref = trak.find(b"tref")
    return [
        (box.type, struct.unpack(f">{len(box.content) // 4}I", box.content))
        for box in (tref.children if tref else [])
    ]


def _media_headers(trak: Box) -> list[Box]:
    minf = trak.find(b"mdia", b"minf")
    return [box for box in (minf.children if minf else []) if box.type in MEDIA_HEADERS]


def _standing(moov: Box, tracks: Mapping[int, str]) -> dict[int, Box]:
    """The tracks that stand for the source's; one without samples isn't there."""
    return {
        number: trak
        for number, name in tracks.items()
        for trak in moov.every(b"trak")
        if (hdlr := trak.find(*HDLR)) and name.encode() in hdlr.content
    }


def _describe(trak: Box, source: Box, numbers: Mapping[int, int], tags: bool) -> None:
    """Give a track the source's handler, media header, sample description, references and tags."""
    header, theirs = trak.find(b"tkhd"), source.find(b"tkhd")
    mdia, minf = trak.find(b"mdia"), trak.find(b"mdia", b"minf")
    stbl = trak.find(*STSD[:-1])
    hdlr, stsd = source.find(*HDLR), source.find(*STSD)
    if not (header and theirs and mdia and minf and stbl and hdlr and stsd):
        raise Internal("A track of the index lacks a box that it had.")
    header.content = (
        header.content[:1]
        + theirs.content[1:4]
        + header.content[4:-TAIL_OF_TKHD]
        + theirs.content[-TAIL_OF_TKHD:]
    )
    mdia.replace({b"hdlr"}, [hdlr])
    minf.replace(MEDIA_HEADERS, _media_headers(source))
    # The samples are in this file: data reference 1 (§8.5.2.2).
    ours = stsd.content[:22] + b"\0\1" + stsd.content[24:]
    stbl.replace({b"stsd"}, [Box(b"stsd", ours)])
    _refer(trak, source, numbers)
    trak.replace(TAG_BOXES, [box for box in source.children if tags and box.type in TAG_BOXES])


def _refer(trak: Box, source: Box, numbers: Mapping[int, int]) -> None:
    """Add the source's references to tracks that are in the output; chapters have theirs."""
    references = []
    for kind, targets in _references(source):
        known = [numbers[target] for target in targets if target in numbers]
        if known and kind != b"chap":
            references.append(Box(kind, struct.pack(f">{len(known)}I", *known)))
    if references:
        tref = trak.find(b"tref")
        if tref is None:
            at = 1 + next(i for i, box in enumerate(trak.children) if box.type == b"tkhd")
            trak.children.insert(at, tref := Box(b"tref"))
        tref.children += references
