"""Uploads of any length by each way there is, by clients that lose their gateway on the way."""

from __future__ import annotations

import hashlib
import io
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast

import httpx
import psutil
from tusclient.client import TusClient

from nhance_local import stack
from nhance_local.settings import LocalSettings
from tests.local.supervised import Supervised
from tests.local_stack import free_port

BLOCK_BYTES = 1 << 20
TUS_CHUNK_BYTES = (16 << 20) + 17  # no multiple of a part
WITHIN_S = 1800.0


class Film(io.RawIOBase):
    """A clip that a box of no meaning makes as long as is wanted, made up while it is read.

    ``on_read`` is told of how many bytes were read in all.
    """

    name = "film.mp4"

    def __init__(self, clip: Path, size: int, on_read: Callable[[int], None] | None = None) -> None:
        head = clip.read_bytes()
        # ISO/IEC 14496-12 §4.2: size 1 says that the real one follows the type, in 64 bits.
        free = (size - len(head)).to_bytes(8)
        self._head = head + b"\0\0\0\1free" + free
        self._block = random.Random(size).randbytes(BLOCK_BYTES)
        self._on_read = on_read
        self._size = size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._position = offset + {0: 0, 1: self._position, 2: self._size}[whence]
        return self._position

    def read(self, size: int = -1) -> bytes:
        left = self._size - self._position
        wanted = left if size < 0 else min(size, left)
        data = b"".join(self._pieces(self._position, wanted))
        self._position += len(data)
        if self._on_read is not None:
            self._on_read(len(data))
        return data

    def sha256(self) -> str:
        digest = hashlib.sha256()
        for start in range(0, self._size, BLOCK_BYTES):
            wanted = min(BLOCK_BYTES, self._size - start)
            for piece in self._pieces(start, wanted):
                digest.update(piece)
        return digest.hexdigest()

    def _pieces(self, start: int, wanted: int) -> Iterator[bytes]:
        """No two blocks are alike: each begins with its number."""
        while wanted > 0:
            number, at = divmod(start, BLOCK_BYTES)
            block = self._block
            if number == 0:
                block = self._head + block[len(self._head) :]
            else:
                block = number.to_bytes(8) + block[8:]
            piece = block[at : at + wanted]
            yield piece
            start += len(piece)
            wanted -= len(piece)


class TakingIn:
    """The part of the local stack that takes videos in: the stores, the gateway and ingest."""

    PROGRAMS = ("postgres", "s3", "migrations", "gateway", "ingest")

    def __init__(self, data: Path, servables: Path) -> None:
        settings = LocalSettings().model_copy(
            update={"data": data, "servables_dir": servables, "port": free_port()}
        )
        stack.make_data_dir(settings.data_dir)
        programs = [one for one in stack.whole(settings) if one.name in self.PROGRAMS]
        self.url = stack.url_of(settings)
        self._supervised = Supervised(programs, settings.logs_dir)

    def __enter__(self) -> Self:
        self._supervised.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._supervised.stop()

    def gateways(self) -> list[psutil.Process]:
        """None while it is being started anew."""
        found = []
        for child in psutil.Process().children():
            with suppress(psutil.Error):
                if "nhance_gateway" in child.cmdline():
                    found.append(child)
        return found


class Killer:
    """kill -9 of the gateway at work, soon after each of some numbers of bytes has been read."""

    def __init__(self, stack: TakingIn, after_bytes: list[int], seed: int = 1) -> None:
        self.kills = 0
        self._stack = stack
        self._after_bytes = sorted(after_bytes)
        self._random = random.Random(seed)
        self._read = 0
        self._timer: threading.Timer | None = None

    def __call__(self, read: int) -> None:
        self._read += read
        due = self._after_bytes and self._read >= self._after_bytes[0]
        if due and (self._timer is None or not self._timer.is_alive()):
            self._after_bytes.pop(0)
            self._timer = threading.Timer(self._random.uniform(0, 0.4), self._kill)
            self._timer.start()

    def wait(self) -> None:
        if self._timer is not None:
            self._timer.join()

    def _kill(self) -> None:
        persistently(partial(httpx.get, f"{self._stack.url}/livez", timeout=30))
        for gateway in self._stack.gateways():
            gateway.kill()
            gateway.wait()
            self.kills += 1


class Memory:
    """The most memory, in bytes, that any gateway had within the block."""

    def __init__(self, stack: TakingIn) -> None:
        self.peak = 0
        self._stack = stack
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        found: list[psutil.Process] = []
        while not self._done.wait(0.05):
            try:
                found = [one for one in found if one.is_running()] or self._stack.gateways()
                for process in found:
                    self.peak = max(self.peak, process.memory_info().rss)
            except psutil.Error:
                found = []


def persistently(step: Callable[[], httpx.Response]) -> httpx.Response:
    """Do a step until the gateway is there to answer it."""
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        try:
            answer = step()
        except httpx.TransportError:
            time.sleep(0.3)
            continue
        if answer.status_code != 503:
            return answer
        time.sleep(0.3)
    raise TimeoutError("the gateway does not come back")


def posted(url: str, film: Film) -> dict[str, Any]:
    """By POST /v1/jobs, all of it again whenever it was cut off; the job."""

    def post() -> httpx.Response:
        film.seek(0)
        return httpx.post(
            f"{url}/v1/jobs",
            data={"model": "identity", "comparison": "none"},
            files={"file": (film.name, cast(IO[bytes], film), "video/mp4")},
            timeout=120,
        )

    answer = persistently(post)
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    return job


def sent_in_parts(url: str, film: Film, size: int, sha256: str) -> dict[str, Any]:
    """By presigned URLs, some of the parts cut off or sent twice; the complete upload."""
    told = {"name": film.name, "bytes": size, "sha256": sha256}
    begun = persistently(lambda: httpx.post(f"{url}/v1/uploads", json=told)).json()
    path = f"{url}/v1/uploads/{begun['id']}"
    chance = random.Random(3)
    with httpx.Client(timeout=120) as s3:
        while True:
            # As a client does that has forgotten what it sent.
            stored = persistently(lambda: httpx.get(path, timeout=30)).json()["parts_stored"]
            missing = sorted(set(range(1, begun["parts_total"] + 1)) - set(stored))
            if not missing:
                break
            asked = {"first": missing[0], "count": 16}
            urls = persistently(partial(httpx.get, f"{path}/parts", params=asked)).json()
            for part in urls["parts"]:
                film.seek((part["number"] - 1) * begun["part_bytes"])
                data = film.read(part["bytes"])
                if chance.random() < 0.1:
                    cut_off(s3, part["url"], data)
                for _ in range(2 if chance.random() < 0.1 else 1):
                    s3.put(part["url"], content=data).raise_for_status()
    persistently(lambda: httpx.post(f"{path}/complete", json={"sha256": sha256}, timeout=60))
    return completed(url, begun["id"])


def cut_off(s3: httpx.Client, url: str, data: bytes) -> None:
    """A PUT that ends in the middle."""

    def half() -> Iterator[bytes]:
        yield data[: len(data) // 2]
        raise ConnectionAbortedError

    try:
        s3.put(url, content=half(), headers={"Content-Length": str(len(data))})
    except ConnectionAbortedError:
        return
    raise AssertionError("the PUT was not cut off")


def sent_by_tus(url: str, film: Film, sha256: str, *, checksums: bool = False) -> dict[str, Any]:
    """By the client tuspy, which asks for the offset and goes on; the complete upload."""
    uploader = TusClient(f"{url}/v1/tus").uploader(
        file_stream=film,
        chunk_size=TUS_CHUNK_BYTES,
        metadata={"filename": film.name, "sha256": sha256},
        retries=200,
        retry_delay=1,
        upload_checksum=checksums,
    )
    uploader.upload()
    assert uploader.url is not None
    return completed(url, uploader.url.rpartition("/")[2])


def completed(url: str, upload_id: str) -> dict[str, Any]:
    """An upload once it has been verified."""
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        answer = persistently(lambda: httpx.get(f"{url}/v1/uploads/{upload_id}", timeout=30))
        upload: dict[str, Any] = answer.json()
        if upload["state"] in ("complete", "failed"):
            return upload
        time.sleep(0.2)
    raise TimeoutError(f"the upload is still {upload['state']}")
