"""The boxes of MP4 and MOV files (ISO/IEC 14496-12 §4.2), as far as an index is read and mended."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from nhance_kit.errors import Internal
from nhance_media.source import ReadableFile

# Those whose content is taken apart; the content of any other box is left as it is.
NESTS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"tref"}
# In a track: the descriptions of its samples (§8.5.2).
STSD = (b"mdia", b"minf", b"stbl", b"stsd")
MOST_BOXES = 10_000
MOST_DEPTH = 6
MOST_INDEX_BYTES = 128 << 20
# How many boxes of a file are looked at in search of its index.
MOST_TOP_BOXES = 64


@dataclass
class Box:
    """A box: either its content or, for one that nests, its children."""

    type: bytes
    content: bytes = b""
    children: list[Box] = field(default_factory=list)

    def find(self, *path: bytes) -> Box | None:
        """The first box at the end of a path, if any."""
        if not path:
            return self
        return next(
            (found for each in self.every(path[0]) if (found := each.find(*path[1:]))), None
        )

    def every(self, kind: bytes) -> list[Box]:
        return [child for child in self.children if child.type == kind]

    def replace(self, kinds: set[bytes], by: list[Box]) -> None:
        """Put boxes in place of the children of some kinds; at the end where there are none."""
        at = next((i for i, child in enumerate(self.children) if child.type in kinds), None)
        others = [child for child in self.children if child.type not in kinds]
        at = len(others) if at is None else at
        self.children = [*others[:at], *by, *others[at:]]

    def dump(self) -> bytes:
        content = self.content + b"".join(child.dump() for child in self.children)
        return struct.pack(">I4s", 8 + len(content), self.type) + content


def top_boxes(file: ReadableFile) -> Iterator[tuple[int, int, bytes]]:
    """Where the boxes of a file begin, how many bytes they take, and their types, as far as sound.

    A last box that goes to the end of the file (size 0) is not among them.
    """
    at = 0
    for _ in range(MOST_TOP_BOXES):
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            return
        size, kind = struct.unpack(">I4s", head[:8])
        if size == 1 and len(head) == 16:
            (size,) = struct.unpack(">Q", head[8:])
        if size < 8:
            return
        yield at, size, kind
        at += size


def read_moov(file: ReadableFile) -> tuple[int, bytes] | None:
    """The movie box of a file, whole, and where it begins; None if there is none that is sound."""
    for at, size, kind in top_boxes(file):
        if kind == b"moov":
            if size > MOST_INDEX_BYTES:
                return None
            file.seek(at)
            data = file.read(size)
            return (at, data) if len(data) == size else None
    return None


@contextmanager
def mended(path: Path) -> Iterator[Box]:
    """The movie box of a file of ours, to be changed in place; no other byte of the file moves.

    Raises Internal where it has become longer than it was.
    """
    with path.open("r+b") as file:
        found = read_moov(file)
        if found is None:
            raise Internal("The output has no index.")
        at, data = found
        moov = parse(data)
        yield moov
        if len(moov.dump()) != len(data):
            moov.children.append(Box(b"free", bytes(max(0, len(data) - len(moov.dump()) - 8))))
        if len(moov.dump()) != len(data):
            raise Internal("The output's index has too little room for what is put back.")
        file.seek(at)
        file.write(moov.dump())


def parse(data: bytes) -> Box:
    """One box with all that is in it. Raises ValueError where sizes contradict each other."""
    boxes = parse_all(data)
    if len(boxes) != 1:
        raise ValueError(f"{len(boxes)} boxes instead of one")
    return boxes[0]


def parse_all(data: bytes) -> list[Box]:
    """Boxes one after the other, as ``parse`` reads one."""
    return list(_parse(memoryview(data), iter(range(MOST_BOXES)), MOST_DEPTH))


def _parse(data: memoryview, budget: Iterator[int], depth: int) -> Iterator[Box]:
    at = 0
    while at < len(data):
        if next(budget, None) is None:
            raise ValueError("too many boxes")
        if len(data) - at < 8:
            raise ValueError("a box without room for its size")
        size, kind = struct.unpack_from(">I4s", data, at)
        if not 8 <= size <= len(data) - at:
            raise ValueError(f"a box of {size} bytes in {len(data) - at}")
        content = data[at + 8 : at + size]
        if kind in NESTS and depth:
            yield Box(kind, children=list(_parse(content, budget, depth - 1)))
        else:
            yield Box(kind, bytes(content))
        at += size
