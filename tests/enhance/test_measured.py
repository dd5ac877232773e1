"""What is measured of a video does not depend on how it was cut, nor on when it was measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nhance_enhance.model_client import Model
from nhance_enhance.pipeline import PARTS, Result, enhance_batch
from nhance_kit.jobs import JobOptions
from nhance_kit.report import Measured
from nhance_media.batches import fraction
from nhance_media.probe import probe
from nhance_media.recutting import frame_batches
from nhance_media.samples import Plane, samples_of, to_nv12
from nhance_media.source import main_video, open_source
from nhance_media.timeline import Timeline
from tests.clips import frames_of, write_clip

OPTIONS = JobOptions.model_validate({"comparison": "none"})


class Answer:
    """What a call to a model that makes everything brighter gives."""

    def __init__(self, luma: Plane, chroma: Plane) -> None:
        self._planes = np.minimum(luma, 235) + np.uint8(20), chroma

    def result(self) -> tuple[Plane, Plane]:
        return self._planes

    def cancel(self) -> None:
        pass


class Brighter:
    info = SimpleNamespace(has_look=True)

    def start_enhance(self, luma: Plane, chroma: Plane, *_: object) -> Answer:
        return Answer(luma, chroma)

    def look(self, luma: Plane, *_: object) -> Any:
        return luma.mean(axis=(1, 2)).astype(np.float32)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(
        tmp_path_factory.mktemp("clip") / "clip.mp4",
        frames=130,
        options={"g": "9", "preset": "veryfast"},
        audio=None,
    )


def results(clip: Path, target_s: float) -> Sequence[Result]:
    model: Model = Brighter()  # type: ignore[assignment]
    with clip.open("rb") as file, open_source(file) as container:
        found = probe(container, main_video(container), clip.stat().st_size)
        batches = frame_batches(found.config, found.time_base, found.packets, target_s)
        return [
            enhance_batch(batch, model, OPTIONS, None, lambda _: None, portray=target_s < 1)
            for batch in batches
        ]


def joined(found: Sequence[Result]) -> Measured:
    timeline = Timeline()
    for result in found:
        for sample in result.measured.samples:
            timeline.add(sample, fraction(result.measured.time_base))
    return timeline.measured()


def test_one_batch_and_many_give_the_same_course(clip: Path) -> None:
    one, many = results(clip, 10), results(clip, 0.3)

    assert len(one) == 1
    assert len(many) > 10
    first, second = joined(one), joined(many)
    assert (first.time_s, first.before, first.after) == (
        second.time_s,
        second.before,
        second.after,
    )


def test_the_course_is_that_of_the_frames(clip: Path) -> None:
    found = joined(results(clip, 2))

    frames = [frame for frame in frames_of(clip) if frame.time is not None]
    firsts = [next(f for f in frames if f.time * 2 >= slot) for slot in range(11)]
    assert [frame.time for frame in firsts] == pytest.approx(found.time_s, abs=1e-6)
    means = [float(to_nv12(samples_of(frame))[0].mean()) for frame in firsts]
    signals = [(mean - 16) / 219 for mean in means]
    assert found.before.luma == pytest.approx(signals, abs=0.002)
    assert found.after.luma == pytest.approx([s + 20 / 219 for s in signals], abs=0.005)
    assert found.look is not None
    assert found.look[0] == pytest.approx([means[0]], abs=1e-3)


def test_a_poster_is_made_where_it_is_asked_for(clip: Path) -> None:
    one, many = results(clip, 10), results(clip, 0.3)

    assert sum(result.enhanced.frames for result in many) == 130
    assert [b""] == [result.measured.poster for result in one]
    assert all(result.measured.poster.startswith(b"\xff\xd8") for result in many)


def test_the_same_batch_measures_the_same_and_times_are_kept_apart(clip: Path) -> None:
    first, again = results(clip, 10)[0], results(clip, 10)[0]

    assert first.measured.SerializeToString() == again.measured.SerializeToString()
    assert set(PARTS) == set(first.seconds)
    assert all(seconds >= 0 for seconds in first.seconds.values())
