"""A video through cutting, enhancing and muxing, here, with a model that changes nothing."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nhance_enhance.model_client import ModelInfo, Signature
from nhance_enhance.pipeline import enhance_batch
from nhance_kit.jobs import Comparison, JobOptions
from nhance_media.containers import INDEXED, choose, is_webm
from nhance_media.dropped import lost_in_space
from nhance_media.encoding import target_of
from nhance_media.index import read_index, read_panoramas
from nhance_media.muxing import Muxer
from nhance_media.probe import check_complete, probe
from nhance_media.recutting import frame_batches
from nhance_media.source import main_video, open_source
from nhance_proto.v1.frame_batch_pb2 import FrameBatch


class Answer:
    """What a call has given already."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def result(self) -> Any:
        return self._value

    def cancel(self) -> None:
        """Too late."""


class Identity:
    """Gives back what it gets, and has a look, so that seams are looked across."""

    info = ModelInfo("identity", 1, {"enhance": Signature({}, {}), "look": Signature({}, {})})

    def start_enhance(self, luma: Any, chroma: Any, *_: Any) -> Answer:
        return Answer((luma, chroma))

    def look(self, luma: Any, *_: Any) -> Any:
        return np.zeros((len(luma), 1), np.float32)


@dataclass(frozen=True)
class Given:
    """What came of a video; warnings are (code, sentence)."""

    path: Path
    warnings: list[tuple[str, str]]
    batches: int
    frames: int
    starts: list[int]  # of the batches but the first, pts


def through(source: Path, directory: Path, target_s: float = 2.0, **options: Any) -> Given:
    """Enhance a file with the identity, batch by batch. Raises what the services raise."""
    chosen = JobOptions.model_validate({"comparison": Comparison.NONE, **options})
    model: Any = Identity()
    with ExitStack() as stack:
        file = stack.enter_context(source.open("rb"))
        webm = is_webm(file)
        panoramas = read_panoramas(file)
        container = stack.enter_context(open_source(file))
        main = main_video(container)
        found = probe(container, main, source.stat().st_size)
        warnings = list(found.warnings)
        batches = [
            FrameBatch.FromString(batch.SerializeToString())
            for batch in frame_batches(
                found.config, found.time_base, found.packets, target_s, chosen.strict, warnings
            )
        ]
        last = max(packet.pts + packet.duration for packet in batches[-1].packets)
        check_complete(found.media, float(last * found.time_base))
        warnings += found.timing.warnings()
        codec = target_of(found.config, chosen.sdr, chosen.codec).codec
        kind = choose(container, webm, chosen.container, codec)
        put_back = kind in INDEXED and main.id in panoramas
        warnings += lost_in_space(found.side_data, put_back)
    matrix = list(found.display_matrix) if found.display_matrix else None
    enhanced = []
    for batch in batches:
        result = enhance_batch(batch, model, chosen, matrix, lambda _: None)
        enhanced.append(result.enhanced)
        warnings += result.warnings
    path = directory / f"output.{kind}"
    with ExitStack() as stack:
        file = stack.enter_context(source.open("rb"))
        index = read_index(file)
        container = stack.enter_context(open_source(file))
        muxer = stack.enter_context(Muxer(path, kind, container, index, chosen.metadata))
        frames = muxer.write(enhanced, matrix)
    said = [(warning.code, warning.sentence) for warning in [*warnings, *muxer.left_out]]
    return Given(path, said, len(batches), frames, [batch.start_pts for batch in batches[1:]])
