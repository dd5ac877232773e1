"""A video through the muxer, its frames decoded and encoded but not changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

from nhance_kit.jobs import Container, Metadata
from nhance_kit.warned import JobWarning
from nhance_media.batches import fraction, make_batch
from nhance_media.containers import choose, is_webm
from nhance_media.decoding import decode
from nhance_media.encoding import Quality, SegmentEncoder, target_of
from nhance_media.index import read_index
from nhance_media.muxing import Muxer
from nhance_media.probe import Probe, probe
from nhance_media.recutting import frame_batches
from nhance_media.samples import samples_of
from nhance_media.source import main_video, open_source
from nhance_proto.v1.frame_batch_pb2 import FrameBatch, Packet

QUALITY = Quality(30, "ultrafast")


def mux(
    source: Path,
    directory: Path,
    container: Container | None = None,
    metadata: Metadata = Metadata.KEEP,
    codec: str | None = None,
    most_frames: int | None = None,
) -> tuple[Path, list[JobWarning]]:
    """Returns the output and what is said of things that are not in it.

    With ``most_frames`` only the first batch's first frames are in it, but all that goes along.
    """
    with ExitStack() as stack:
        file = stack.enter_context(source.open("rb"))
        webm = is_webm(file)
        opened = stack.enter_context(open_source(file))
        found = probe(opened, main_video(opened), source.stat().st_size)
        target = target_of(found.config, sdr=False, codec=codec)
        kind = choose(opened, webm, container, target.codec)
        batches = list(_encoded(found, codec, most_frames))
    output = directory / f"output.{kind}"
    with ExitStack() as stack:
        file = stack.enter_context(source.open("rb"))
        index = read_index(file)
        opened = stack.enter_context(open_source(file))
        muxer = stack.enter_context(Muxer(output, kind, opened, index, metadata))
        muxer.write(batches, found.display_matrix)
    return output, muxer.left_out


def _encoded(found: Probe, codec: str | None, most_frames: int | None) -> Iterator[FrameBatch]:
    batches = frame_batches(found.config, found.time_base, found.packets)
    for batch in batches if most_frames is None else islice(batches, 1):
        encoder = SegmentEncoder(target_of(batch.video, sdr=False, codec=codec), QUALITY)
        packets: list[Packet] = []
        for frame in islice(decode(batch), most_frames):
            if frame.pts is not None and frame.pts < batch.end_pts:
                packets += encoder.encode(samples_of(frame), frame.pts, frame.duration or 0)
        packets += encoder.finish()
        window = (batch.start_pts, batch.end_pts)
        yield make_batch(encoder.config(), fraction(batch.time_base), window, len(packets), packets)
