"""From the source object to the batch objects, one batch in memory at a time."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from nhance_kit import keys
from nhance_kit.blocking import Stop
from nhance_kit.jobs import Job
from nhance_kit.objects import ObjectStore
from nhance_kit.warned import JobWarning
from nhance_media.batches import fraction
from nhance_media.containers import INDEXED, choose, is_webm
from nhance_media.dropped import lost_in_space
from nhance_media.encoding import target_of
from nhance_media.index import read_panoramas
from nhance_media.probe import check_complete, probe
from nhance_media.recutting import frame_batches
from nhance_media.source import main_video, open_source
from nhance_proto.v1.frame_batch_pb2 import FrameBatch


@dataclass
class Cut:
    """What ingest found and made: facts, and the number of frames of each batch."""

    media: dict[str, Any]
    warnings: list[JobWarning]
    frames: list[int] = field(default_factory=list)


def cut(objects: ObjectStore, job: Job, stop: Stop) -> Cut:
    """Probe a job's source and store its frame batches.

    Raises what opening and probing raise: UnsupportedContainer, NoVideo, UnsupportedMedia,
    DamagedMedia; and StoreUnavailable.
    """
    with ExitStack() as stack:
        file = stack.enter_context(objects.open(keys.source(job.tenant, job.id)))
        webm = is_webm(file)
        panoramas = read_panoramas(file)
        container = stack.enter_context(open_source(file))
        main = main_video(container)
        found = probe(container, main, job.source.bytes)
        target = target_of(found.config, job.options.sdr, job.options.codec)
        # Mux chooses again; what it would refuse is refused before the work is done.
        kind = choose(container, webm, job.options.container, target.codec)
        put_back = kind in INDEXED and main.id in panoramas
        found.warnings.extend(lost_in_space(found.side_data, put_back))
        result = Cut({**found.media, "display_matrix": found.display_matrix}, found.warnings)
        end_s = None
        batches = frame_batches(
            found.config,
            found.time_base,
            found.packets,
            strict=job.options.strict,
            warnings=result.warnings,
        )
        for index, batch in enumerate(batches):
            stop.check()
            objects.put(keys.batch(job.tenant, job.id, index), batch.SerializeToString())
            result.frames.append(batch.frames)
            end_s = _end_s(batch)
        check_complete(found.media, end_s)
        result.warnings += found.timing.warnings()
    return result


def _end_s(batch: FrameBatch) -> float:
    end = max(packet.pts + packet.duration for packet in batch.packets)
    return float(end * fraction(batch.time_base))
