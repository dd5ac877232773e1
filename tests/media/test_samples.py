"""Samples are the decoder's, whatever the layout and size; NV12 is made of them."""

from __future__ import annotations

import numpy as np
import pytest
from av.video.frame import VideoFrame

from nhance_kit.errors import UnsupportedMedia
from nhance_media.samples import (
    NEAREST,
    PLANAR,
    changed,
    fitted,
    frame_of,
    from_nv12,
    samples_of,
    to_nv12,
)


def random_frame(width: int, height: int, pix_fmt: str) -> VideoFrame:
    frame = VideoFrame(width, height, pix_fmt)
    rng = np.random.default_rng(width * height)
    bits = PLANAR[pix_fmt][0]
    kind = np.uint8 if bits == 8 else np.uint16
    for plane in frame.planes:
        codes = rng.integers(0, 1 << bits, plane.buffer_size // np.dtype(kind).itemsize)
        plane.update(codes.astype(kind).tobytes())
    return frame


def samples(frame: VideoFrame, plane: int, rows: int, columns: int) -> np.ndarray:
    line = frame.planes[plane].line_size
    data = np.frombuffer(bytes(frame.planes[plane]), np.uint8)
    return data[: rows * line].reshape(rows, line)[:, :columns]


@pytest.mark.parametrize("size", [(64, 48), (1080, 720), (100, 50), (33, 17)])
def test_420_is_taken_as_it_is(size: tuple[int, int]) -> None:
    width, height = size
    frame = random_frame(width, height, "yuv420p")

    luma, chroma = to_nv12(samples_of(frame))

    half = (-(-height // 2), -(-width // 2))
    np.testing.assert_array_equal(samples(frame, 0, height, width), luma[..., 0])
    np.testing.assert_array_equal(samples(frame, 1, *half), chroma[..., 0])
    np.testing.assert_array_equal(samples(frame, 2, *half), chroma[..., 1])


def test_planes_survive_the_way_back() -> None:
    luma, chroma = to_nv12(samples_of(random_frame(1080, 720, "yuv420p")))

    again = to_nv12(samples_of(frame_of(from_nv12(luma, chroma))))

    np.testing.assert_array_equal(luma, again[0])
    np.testing.assert_array_equal(chroma, again[1])


@pytest.mark.parametrize("pix_fmt", ["yuv422p", "yuv444p"])
def test_finer_chroma_is_averaged(pix_fmt: str) -> None:
    frame = VideoFrame(8, 4, pix_fmt)
    for plane in frame.planes:
        rows = np.arange(plane.height)[:, None] * 10 + np.zeros((1, plane.line_size), np.int64)
        plane.update(rows.astype(np.uint8).tobytes())

    _, chroma = to_nv12(samples_of(frame))

    assert chroma.shape == (2, 4, 2)
    np.testing.assert_array_equal([5, 25], chroma[:, 0, 0])


def test_an_odd_size_is_made_even_by_its_edge() -> None:
    luma, chroma = to_nv12(samples_of(random_frame(33, 17, "yuv420p")))

    even_luma, _ = to_nv12(samples_of(frame_of(from_nv12(luma, chroma))))

    assert even_luma.shape == (18, 34, 1)
    np.testing.assert_array_equal(luma[-1], even_luma[-1, :-1])
    np.testing.assert_array_equal(luma[:, -1], even_luma[:-1, -1])


@pytest.mark.parametrize("name", PLANAR)
@pytest.mark.parametrize("size", [(64, 48), (33, 17)])
def test_every_layout_survives_the_way_back(name: str, size: tuple[int, int]) -> None:
    bits, (across, down) = PLANAR[name]

    found = samples_of(random_frame(*size, name))
    again = samples_of(frame_of(found))

    assert found.luma.shape == (size[1], size[0], 1)
    assert found.chroma.shape == (-(-size[1] >> down), -(-size[0] >> across), 2)
    assert (found.bits, found.most) == (bits, (1 << bits) - 1)
    for before, after in ((found.luma, again.luma), (found.chroma, again.chroma)):
        height, width = before.shape[:2]
        np.testing.assert_array_equal(before, after[:height, :width])


def test_fewer_bits_are_rounded_to_nearest() -> None:
    frame = VideoFrame(16, 16, "yuv420p10le")
    for plane in frame.planes:
        codes = np.resize(np.array([401, 402, 1023], np.uint16), plane.buffer_size // 2)
        plane.update(codes.tobytes())

    luma, _ = to_nv12(samples_of(frame))

    assert luma[0, :3, 0].tolist() == [100, 101, 255]


@pytest.mark.parametrize("name", ["yuv420p", "yuv422p10le", "yuv444p12le"])
def test_changes_are_added_and_clipped(name: str) -> None:
    samples = samples_of(random_frame(32, 16, name))
    luma = np.zeros((16, 32, 1), np.int16)
    luma[0], luma[1] = 9999, -9999
    chroma = np.zeros((8, 16, 2), np.int16)
    chroma[2, 3] = 5

    found = changed(samples, luma, chroma)

    assert set(found.luma[0].ravel()) == {samples.most}
    assert set(found.luma[1].ravel()) == {0}
    np.testing.assert_array_equal(samples.luma[2:], found.luma[2:])
    moved = np.argwhere((found.chroma != samples.chroma).any(axis=-1))
    finer = (2 - samples.down, 2 - samples.across)
    assert len(moved) == finer[0] * finer[1]
    assert tuple(moved[0]) == (2 * finer[0], 3 * finer[1])


@pytest.mark.parametrize("name", NEAREST)
def test_other_formats_are_brought_to_the_nearest(name: str) -> None:
    assert samples_of(VideoFrame(32, 16, name)).luma.shape == (16, 32, 1)


@pytest.mark.parametrize("color_range", [0, 1, 2])  # untagged, limited, full
@pytest.mark.parametrize(
    ("name", "dtype", "middle"), [("gray", "u1", 128), ("gray10le", "u2", 512)]
)
def test_grey_codes_stay_as_they_are(name: str, dtype: str, middle: int, color_range: int) -> None:
    codes = np.array([[16, 60, 126, 180, 235] * 2] * 2, dtype)
    frame = VideoFrame.from_ndarray(codes, format=name)
    frame.color_range = color_range
    samples = samples_of(frame)
    np.testing.assert_array_equal(samples.luma[..., 0], codes)
    np.testing.assert_array_equal(samples.chroma, np.full((1, 5, 2), middle))
    assert samples.luma.dtype == samples.chroma.dtype


def test_what_has_no_luma_is_refused() -> None:
    with pytest.raises(UnsupportedMedia, match="rgb24"):
        samples_of(VideoFrame(16, 16, "rgb24"))


def test_samples_fit_what_an_encoder_takes() -> None:
    fine = samples_of(random_frame(32, 16, "yuv444p12le"))
    plain = fitted(fine, "yuv420p10le")
    assert (plain.bits, plain.chroma.shape, plain.most) == (10, (8, 16, 2), 1023)
    assert plain.luma.max() <= 1023
