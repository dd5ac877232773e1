"""Real phone and camera clips: every batch decodes to what the container's own decoder gives."""

from __future__ import annotations

from pathlib import Path

from nhance_media.decoding import decode
from tests.clips import frames_of
from tests.media.muxed import mux
from tests.media.test_carrying import carried
from tests.media.test_cutting import content, cut

# The six-minute ones say nothing more here.
LONG = "long_"


def test_real_videos_decode_from_batches_as_from_their_container(shared_data: Path) -> None:
    checked = 0
    for path in sorted((shared_data / "videos").iterdir()):
        if path.name.startswith(LONG):
            continue
        shown = [
            content(frame)
            for batch in cut(path, 0.5)
            for frame in decode(batch)
            if (frame.pts or 0) < batch.end_pts
        ]
        assert [content(frame) for frame in frames_of(path)] == shown, path.name
        checked += 1
    assert checked >= 15


def test_everything_beside_the_video_goes_along(shared_data: Path, tmp_path: Path) -> None:
    checked = 0
    for path in sorted((shared_data / "videos").iterdir()):
        if path.name.startswith(LONG):
            continue
        output, left_out = mux(path, tmp_path, most_frames=3)
        assert [] == left_out, path.name
        assert {".webm": ".mkv"}.get(path.suffix, output.suffix) == output.suffix
        before, after = (
            sorted((each.type, each.codec, each.start, each.content) for each in carried(file))
            for file in (path, output)
        )
        assert before == after, path.name
        checked += 1
    assert checked >= 15
