"""From the enhanced batches and the source to one finished file, and its way to the store."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from nhance_kit import keys
from nhance_kit.blocking import Stop
from nhance_kit.errors import Internal
from nhance_kit.jobs import Comparison, Container, Job, Output
from nhance_kit.objects import ObjectStore
from nhance_kit.report import Stream
from nhance_kit.warned import JobWarning
from nhance_media.containers import CONTENT_TYPES, choose, is_webm
from nhance_media.index import read_index
from nhance_media.muxing import Muxer
from nhance_media.probe import described
from nhance_media.source import open_source
from nhance_mux.scratch import scratch_directory
from nhance_proto.v1.frame_batch_pb2 import FrameBatch

KeyOfBatch = Callable[[str, str, int], str]


@dataclass(frozen=True)
class Joined:
    """What has been written, read again, and what could not be."""

    output: Output
    warnings: list[JobWarning]
    streams: list[Stream]


def join(objects: ObjectStore, job: Job, scratch: Path | None, stop: Stop) -> Joined:
    """Write the output, and the comparison if the job has one.

    The files are made one after the other in a directory of their own under ``scratch`` (the
    system's by default), so that at most one is on the disk at any time.
    """
    if job.options.comparison is not Comparison.NONE:
        key = keys.comparison(job.tenant, job.id)
        _make(objects, job, keys.compared, Container.MP4, key, None, scratch, stop)
    kind = _container(objects, job)
    key = keys.output(job.tenant, job.id, kind)
    matrix = (job.media or {}).get("display_matrix")
    return _make(objects, job, keys.enhanced, kind, key, matrix, scratch, stop)


def _container(objects: ObjectStore, job: Job) -> Container:
    first = FrameBatch.FromString(objects.get(keys.enhanced(job.tenant, job.id, 0)))
    with objects.open(keys.source(job.tenant, job.id)) as file:
        webm = is_webm(file)
        with open_source(file) as source:
            return choose(source, webm, job.options.container, first.video.codec)


def _make(
    objects: ObjectStore,
    job: Job,
    key_of_batch: KeyOfBatch,
    kind: Container,
    key: str,
    display_matrix: Sequence[int] | None,
    scratch: Path | None,
    stop: Stop,
) -> Joined:
    with scratch_directory(scratch) as directory:
        path = directory / f"output.{kind}"
        with ExitStack() as stack:
            file = stack.enter_context(objects.open(keys.source(job.tenant, job.id)))
            index = read_index(file)
            container = stack.enter_context(open_source(file))
            muxer = stack.enter_context(Muxer(path, kind, container, index, job.options.metadata))
            written = muxer.write(_batches(objects, job, key_of_batch, stop), display_matrix)
        if written != job.frames_total:
            raise Internal(f"{written} frames were muxed, {job.frames_total} were enhanced.")
        with path.open("rb") as finished:
            digest = hashlib.file_digest(finished, "sha256").hexdigest()
        objects.put_file(key, path, CONTENT_TYPES[kind])
        output = Output(kind.value, path.stat().st_size, digest)
        return Joined(output, muxer.left_out, described(path))


def _batches(
    objects: ObjectStore, job: Job, key_of_batch: KeyOfBatch, stop: Stop
) -> Iterator[FrameBatch]:
    for index in range(job.batches_total):
        stop.check()
        yield FrameBatch.FromString(objects.get(key_of_batch(job.tenant, job.id, index)))
