"""Which encoders a worker has for a job."""

from __future__ import annotations

import pytest

from nhance_enhance.app import encoders_for
from nhance_kit.jobs import JobOptions
from nhance_media import nvenc
from nhance_media.encoding import VERSION
from nhance_proto.v1.frame_batch_pb2 import FrameBatch, VideoConfig

CARD = "NVIDIA L4, driver 580.65.06"
ASKED = JobOptions(nvenc=True)


def batch(pix_fmt: str = "yuv420p") -> FrameBatch:
    return FrameBatch(video=VideoConfig(codec="h264", pix_fmt=pix_fmt, width=176, height=144))


def not_fetched() -> FrameBatch:
    raise AssertionError("no batch is needed")


@pytest.fixture
def has_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nvenc, "card", lambda *_: CARD)
    monkeypatch.setattr(nvenc, "_encodes", lambda *_: True)


@pytest.mark.usefixtures("has_card")
def test_the_card_comes_first_where_it_is_asked_for_and_suits() -> None:
    assert [f"{VERSION}, NVENC {CARD}", VERSION] == encoders_for(ASKED, batch)
    assert [VERSION] == encoders_for(ASKED, lambda: batch("yuv420p10le"))
    assert [VERSION] == encoders_for(JobOptions(), not_fetched)


def test_without_a_card_no_batch_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nvenc, "card", lambda *_: None)

    assert [VERSION] == encoders_for(ASKED, not_fetched)
