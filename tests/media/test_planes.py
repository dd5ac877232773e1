"""NV12 planes hold the decoder's samples, whatever the layout and size."""

from __future__ import annotations

import numpy as np
import pytest
from av.video.frame import VideoFrame

from nhance_kit.errors import UnsupportedMedia
from nhance_media.planes import frame_of, planes_of


def random_frame(width: int, height: int, pix_fmt: str) -> VideoFrame:
    frame = VideoFrame(width, height, pix_fmt)
    rng = np.random.default_rng(width * height)
    for plane in frame.planes:
        plane.update(rng.integers(0, 256, plane.buffer_size, dtype=np.uint8).tobytes())
    return frame


def samples(frame: VideoFrame, plane: int, rows: int, columns: int) -> np.ndarray:
    line = frame.planes[plane].line_size
    data = np.frombuffer(bytes(frame.planes[plane]), np.uint8)
    return data[: rows * line].reshape(rows, line)[:, :columns]


@pytest.mark.parametrize("size", [(64, 48), (1080, 720), (100, 50), (33, 17)])
def test_420_is_taken_as_it_is(size: tuple[int, int]) -> None:
    width, height = size
    frame = random_frame(width, height, "yuv420p")

    luma, chroma = planes_of(frame)

    half = (-(-height // 2), -(-width // 2))
    np.testing.assert_array_equal(samples(frame, 0, height, width), luma[..., 0])
    np.testing.assert_array_equal(samples(frame, 1, *half), chroma[..., 0])
    np.testing.assert_array_equal(samples(frame, 2, *half), chroma[..., 1])


def test_planes_survive_the_way_back() -> None:
    luma, chroma = planes_of(random_frame(1080, 720, "yuv420p"))

    again = planes_of(frame_of(luma, chroma))

    np.testing.assert_array_equal(luma, again[0])
    np.testing.assert_array_equal(chroma, again[1])


@pytest.mark.parametrize("pix_fmt", ["yuv422p", "yuv444p"])
def test_finer_chroma_is_averaged(pix_fmt: str) -> None:
    frame = VideoFrame(8, 4, pix_fmt)
    for plane in frame.planes:
        rows = np.arange(plane.height)[:, None] * 10 + np.zeros((1, plane.line_size), np.int64)
        plane.update(rows.astype(np.uint8).tobytes())

    _, chroma = planes_of(frame)

    assert chroma.shape == (2, 4, 2)
    np.testing.assert_array_equal([5, 25], chroma[:, 0, 0])


def test_an_odd_size_is_made_even_by_its_edge() -> None:
    luma, chroma = planes_of(random_frame(33, 17, "yuv420p"))

    even_luma, _ = planes_of(frame_of(luma, chroma))

    assert even_luma.shape == (18, 34, 1)
    np.testing.assert_array_equal(luma[-1], even_luma[-1, :-1])
    np.testing.assert_array_equal(luma[:, -1], even_luma[:-1, -1])


def test_ten_bits_are_refused() -> None:
    with pytest.raises(UnsupportedMedia, match="yuv420p10le"):
        planes_of(VideoFrame(16, 16, "yuv420p10le"))
