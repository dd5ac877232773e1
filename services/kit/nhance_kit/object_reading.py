"""Objects read a stretch at a time, so that none is ever whole in memory."""

from __future__ import annotations

import io
from collections import OrderedDict
from typing import TYPE_CHECKING, Protocol

from nhance_kit.errors import StoreUnavailable
from nhance_kit.object_errors import store_errors

if TYPE_CHECKING:
    from botocore.response import StreamingBody

BLOCK_BYTES = 2 << 20
BLOCKS_KEPT = 6


class Ranges(Protocol):
    """A store that gives out parts of objects."""

    def get_range(self, key: str, start: int, end: int) -> bytes:
        """Bytes ``start`` to ``end``, the latter not included."""

    def open_range(self, key: str, start: int, end: int) -> StreamingBody:
        """The same, unread."""


class RangeStream:
    """A stretch of an object, read in order. A connection that broke is made anew, once a read.

    A reader that pauses for long finds its connection closed by the store, and goes on unharmed.
    """

    def __init__(self, store: Ranges, key: str, start: int, end: int) -> None:
        self._store = store
        self._key = key
        self._position = start
        self._end = end
        self._body = store.open_range(key, start, end)

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes, none at the end. Raises NotFound and StoreUnavailable."""
        try:
            data = self._read(size)
        except StoreUnavailable:
            self._body.close()
            self._body = self._store.open_range(self._key, self._position, self._end)
            data = self._read(size)
        self._position += len(data)
        return data

    def close(self) -> None:
        self._body.close()

    def _read(self, size: int) -> bytes:
        wanted = min(size, self._end - self._position)
        if not wanted:
            return b""
        with store_errors(self._key):
            data = self._body.read(wanted)
        if not data:
            raise StoreUnavailable(f"The object store cut {self._key} short.")
        return data


class ObjectReader(io.RawIOBase):
    """An S3 object as a read-only file: a few blocks of it in memory, the oldest dropped first."""

    def __init__(self, store: Ranges, key: str, size: int) -> None:
        self._store = store
        self._key = key
        self._size = size
        self._position = 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("cannot seek to before the start")
        self._position = base + offset
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        wanted = self._size - self._position if size is None or size < 0 else size
        chunks = []
        while wanted > 0 and self._position < self._size:
            number, start = divmod(self._position, BLOCK_BYTES)
            chunk = self._block(number)[start : start + wanted]
            chunks.append(chunk)
            self._position += len(chunk)
            wanted -= len(chunk)
        return b"".join(chunks)

    def _block(self, number: int) -> bytes:
        if number in self._blocks:
            self._blocks.move_to_end(number)
        else:
            start = number * BLOCK_BYTES
            end = min(start + BLOCK_BYTES, self._size)
            data = self._store.get_range(self._key, start, end)
            if len(data) != end - start:
                raise StoreUnavailable(f"The object store cut {self._key} short.")
            self._blocks[number] = data
            if len(self._blocks) > BLOCKS_KEPT:
                self._blocks.popitem(last=False)
        return self._blocks[number]
