"""Where NVENC is asked for and no card has it, the processor encodes as ever, and that is told."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from nhance_media import nvenc
from tests import api
from tests.clips import write_clip


@pytest.mark.skipif(nvenc.card() is not None, reason="there is a card")
@pytest.mark.parametrize(
    ("pix_fmt", "why"), [("yuv420p", "no graphics card"), ("yuv444p", "8 bits and 4:2:0 alone")]
)
def test_the_output_is_that_of_a_job_that_did_not_ask(
    stack: str, tmp_path: Path, pix_fmt: str, why: str
) -> None:
    source = write_clip(tmp_path / "source.mp4", frames=90, pix_fmt=pix_fmt, audio=None)

    plain, asked = (
        api.enhanced(
            stack, source, tmp_path, model="identity", comparison="none", nvenc=str(asks).lower()
        )
        for asks in (False, True)
    )

    assert plain["output"]["sha256"] == asked["output"]["sha256"]
    assert len(asked["warnings"]) == len(plain["warnings"]) + 1
    report = httpx.get(f"{stack}{asked['links']['report']}", timeout=30).json()
    told = [each["sentence"] for each in report["changes"] if each["code"] == "nvenc-unused"]
    assert [True] == [why in sentence for sentence in told]
    assert "NVENC" not in report["encoder"]["version"]
