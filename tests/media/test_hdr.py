"""HDR is shown to models as SDR, and their change comes back on the ten-bit samples."""

from __future__ import annotations

import numpy as np
import pytest

from nhance_media.hdr import HdrRendition
from nhance_media.hdr_curves import hlg_scene, hlg_signal, pq_light, pq_signal, reduced
from nhance_media.rendition import rendition_of
from nhance_media.samples import Samples
from nhance_proto.v1.frame_batch_pb2 import VideoConfig

PQ, HLG = 16, 18


def config(transfer: int) -> VideoConfig:
    return VideoConfig(color_primaries=9, color_trc=transfer, colorspace=9, color_range=1)


def greys(*codes: int) -> Samples:
    """Two rows of grey columns, two pixels wide each, ten bits in limited range."""
    luma = np.repeat(np.array(codes, np.uint16), 2)[None, :, None].repeat(2, axis=0)
    return Samples(luma, np.full((1, len(codes), 2), 512, np.uint16), 10, 1, 1)


def test_the_curves_are_those_of_bt_2100() -> None:
    # BT.2408-7, table 1: reference white is 58 % of PQ and 75 % of HLG.
    assert pq_signal(np.array(0.0203)) == pytest.approx(0.58, abs=0.002)
    assert hlg_signal(np.array(0.265)) == pytest.approx(0.75, abs=0.001)
    signals = np.linspace(0, 1, 101)
    np.testing.assert_allclose(pq_signal(pq_light(signals)), signals, atol=1e-6)
    np.testing.assert_allclose(hlg_signal(hlg_scene(signals)), signals, atol=1e-6)


def test_highlights_are_bent_and_the_rest_is_kept() -> None:
    light = np.array([0.0, 1.0, 10.0, 1000.0]) / 10_000
    found = reduced(light, peak=0.1) * 10_000
    np.testing.assert_allclose(found[:2], [0, 1], atol=0.01)
    assert found[3] == pytest.approx(203, rel=0.01)
    assert (np.diff(found) > 0).all()


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_greys_stay_grey_from_black_to_white(transfer: int) -> None:
    luma, chroma = HdrRendition(config(transfer)).show(greys(64, 200, 350, 500, 700, 940))
    assert luma[0, 0] == 16
    assert luma[0, -1] == 235
    assert (np.diff(luma[0, ::2, 0].astype(int)) >= 0).all()
    assert np.abs(chroma.astype(int) - 128).max() <= 1


@pytest.mark.parametrize("transfer", [PQ, HLG])
@pytest.mark.parametrize("layout", [(1, 1), (1, 0), (0, 0)])
def test_a_model_that_changes_nothing_changes_no_sample(
    transfer: int, layout: tuple[int, int]
) -> None:
    random = np.random.default_rng(0)
    across, down = layout
    chroma = (-(-33 >> down), -(-45 >> across), 2)
    samples = Samples(
        random.integers(0, 1024, (33, 45, 1)).astype(np.uint16),
        random.integers(0, 1024, chroma).astype(np.uint16),
        10,
        across,
        down,
    )
    rendition = rendition_of(config(transfer), sdr=False)
    shown = rendition.show(samples)
    found = rendition.transfer(samples, shown, shown)
    np.testing.assert_array_equal(samples.luma, found.luma)
    np.testing.assert_array_equal(samples.chroma, found.chroma)


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_what_the_model_brightens_gets_brighter(transfer: int) -> None:
    samples = greys(150, 250, 350, 450)
    rendition = HdrRendition(config(transfer))
    luma, chroma = rendition.show(samples)
    brighter = np.minimum(luma + 20, 235).astype(np.uint8)
    found = rendition.transfer(samples, (luma, chroma), (brighter, chroma))
    assert (found.luma > samples.luma).all()
    assert (np.diff(found.luma[0, ::2, 0].astype(int)) > 0).all()
    # Seen by the model, the result looks as it wished.
    again, _ = rendition.show(found)
    assert np.abs(again.astype(int) - brighter).max() <= 3


def test_a_coloured_change_comes_back_in_colour() -> None:
    samples = greys(400, 400)
    rendition = HdrRendition(config(HLG))
    luma, chroma = rendition.show(samples)
    warmer = chroma.copy()
    warmer[..., 1] += 10
    found = rendition.transfer(samples, (luma, chroma), (luma, warmer))
    assert (found.chroma[..., 1] > 512).all()
    assert (found.chroma[..., 0] <= 512).all()


def test_sdr_on_request_is_what_the_model_gives() -> None:
    samples = greys(200, 600)
    rendition = rendition_of(config(PQ), sdr=True)
    luma, chroma = rendition.show(samples)
    found = rendition.transfer(samples, (luma, chroma), (luma // 2, chroma))
    assert found.bits == 8
    np.testing.assert_array_equal(luma // 2, found.luma)
