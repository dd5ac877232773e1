"""Packets of any encoder are joined as they are: the output's header needs none."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import av
import pytest

from nhance_kit.jobs import Container, Metadata
from nhance_media.muxing import Muxer
from nhance_media.probe import probe
from nhance_media.recutting import frame_batches
from nhance_media.source import main_video, open_source
from tests.clips import packets_of, write_clip

QUIET = "log-level=error"


def described(path: Path) -> tuple[object, ...]:
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        context = video.codec_context
        return (
            context.codec.canonical_name,
            context.profile,
            (context.width, context.height, context.pix_fmt),
            (context.color_primaries, context.color_trc, context.colorspace, context.color_range),
            video.sample_aspect_ratio,
            video.average_rate,
        )


@pytest.mark.parametrize("kind", [Container.MP4, Container.MKV])
@pytest.mark.parametrize(
    ("codec", "options", "reordered"),
    [
        ("libx264", {"profile": "baseline"}, 0),
        ("libx264", {"bf": "3", "x264-params": "b-pyramid=none"}, 1),
        ("libx265", {"preset": "ultrafast", "x265-params": QUIET}, 2),
        ("libsvtav1", {"preset": "12"}, 0),
    ],
)
def test_packets_of_any_encoder_are_written_as_they_are(
    tmp_path: Path, codec: str, options: dict[str, str], reordered: int, kind: Container
) -> None:
    source = write_clip(
        tmp_path / f"source.{kind}", codec=codec, options=options, frames=20, tags=(9, 16, 9, 1)
    )
    output = tmp_path / f"output.{kind}"
    with ExitStack() as stack:
        container = stack.enter_context(open_source(stack.enter_context(source.open("rb"))))
        found = probe(container, main_video(container), source.stat().st_size)
        (batch,) = frame_batches(found.config, found.time_base, found.packets)
    batch.video.reordered = reordered

    with ExitStack() as stack:
        container = stack.enter_context(open_source(stack.enter_context(source.open("rb"))))
        muxer = stack.enter_context(Muxer(output, kind, container, None, Metadata.KEEP))
        assert 20 == muxer.write([batch], None)

    assert described(source) == described(output)
    assert packets_of(source, "video") == packets_of(output, "video")
