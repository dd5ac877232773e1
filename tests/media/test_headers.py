"""Where chroma sits is read from the bitstream's headers, and stated in the output's."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from nhance_media.headers import Headers, headers_of
from tests.clips import write_clip
from tests.identity import through


def read(path: Path) -> Headers:
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        return headers_of(video, next(container.demux(video)))


@pytest.mark.parametrize(("codec", "pix_fmt"), [("libx264", "yuv420p"), ("libx265", "yuv420p10le")])
def test_the_place_of_chroma_comes_back(tmp_path: Path, codec: str, pix_fmt: str) -> None:
    options = {"chroma_sample_location": "topleft", "preset": "ultrafast"}
    source = write_clip(
        tmp_path / "source.mp4",
        codec=codec,
        pix_fmt=pix_fmt,
        options=options,
        audio=None,
        frames=5,
        size=(64, 48),
    )
    assert read(source) == Headers(chroma_location=3)
    given = through(source, tmp_path, preset="ultrafast")
    assert read(given.path) == Headers(chroma_location=3)


def test_nothing_is_stated_where_nothing_was(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "source.mp4", audio=None, frames=5, size=(64, 48))
    assert read(source) == Headers()
    assert read(through(source, tmp_path, preset="ultrafast").path) == Headers()
