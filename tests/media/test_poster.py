"""A poster is upright, in sRGB, small, and tells of nothing but the picture."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from nhance_media.colour import yuv_to_rgb
from nhance_media.poster import LONG_SIDE, is_candidate, poster
from nhance_media.samples import Plane
from nhance_proto.v1.frame_batch_pb2 import VideoConfig

from .test_comparison import ORIENTATIONS

COLOURS = np.array([[[200, 40, 30], [30, 170, 60]], [[40, 60, 190], [190, 190, 190]]], np.uint8)


def stored(height: int, width: int, config: VideoConfig) -> tuple[Plane, Plane]:
    """NV12 of four quarters, each of one of COLOURS."""
    matrix = yuv_to_rgb(config)
    rgb = COLOURS.repeat(height // 2, axis=0).repeat(width // 2, axis=1)
    codes = (rgb / 255 - matrix[:, 3]) @ np.linalg.inv(matrix[:, :3]).T
    rounded = np.round(codes).astype(np.uint8)
    return rounded[..., :1], rounded[::2, ::2, 1:]


def shown(jpeg: bytes) -> NDArray[np.uint8]:
    with av.open(io.BytesIO(jpeg), "r", format="jpeg_pipe") as container:
        picture = next(container.decode(video=0)).to_ndarray(format="rgb24")
    return np.asarray(picture, np.uint8)


def quarters(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The mean colour of each quarter's middle, [2,2,3]."""
    height, width = picture.shape[:2]
    rows, columns = ([(extent * n) // 8 for n in (1, 3, 5, 7)] for extent in (height, width))
    return np.array(
        [
            [
                picture[rows[i] : rows[i + 1], columns[j] : columns[j + 1]].mean(axis=(0, 1))
                for j in (0, 2)
            ]
            for i in (0, 2)
        ]
    )


@pytest.mark.parametrize("name", ORIENTATIONS)
def test_it_is_upright(name: str) -> None:
    matrix, turned = ORIENTATIONS[name]
    config = VideoConfig(colorspace=1, color_range=1, height=96)

    picture = shown(poster(*stored(96, 160, config), yuv_to_rgb(config), Fraction(0), matrix))

    assert turned(np.empty((96, 160, 3))).shape == picture.shape
    assert quarters(picture) == pytest.approx(turned(COLOURS).astype(float), abs=4)


@pytest.mark.parametrize("colorspace", [1, 6, 9])
@pytest.mark.parametrize("color_range", [1, 2])
def test_its_colours_are_those_of_the_video(colorspace: int, color_range: int) -> None:
    config = VideoConfig(colorspace=colorspace, color_range=color_range, height=96)

    picture = shown(poster(*stored(96, 160, config), yuv_to_rgb(config), Fraction(1), None))

    assert quarters(picture) == pytest.approx(COLOURS.astype(float), abs=4)


@pytest.mark.parametrize(
    ("size", "aspect", "seen"),
    [
        ((2160, 3840), Fraction(1), (720, LONG_SIDE)),
        ((720, 1280), Fraction(1), (720, 1280)),
        ((480, 720), Fraction(32, 27), (480, 853)),
        ((1080, 1440), Fraction(4, 3), (720, LONG_SIDE)),
    ],
)
def test_its_size(size: tuple[int, int], aspect: Fraction, seen: tuple[int, int]) -> None:
    config = VideoConfig(colorspace=1, color_range=1, height=size[0])

    picture = shown(poster(*stored(*size, config), yuv_to_rgb(config), aspect, None))

    assert (*seen, 3) == picture.shape


def test_nothing_but_a_picture_is_in_the_file() -> None:
    config = VideoConfig(colorspace=1, color_range=1, height=96)

    jpeg = poster(*stored(96, 160, config), yuv_to_rgb(config), Fraction(1), None)

    assert jpeg.startswith(b"\xff\xd8")
    for unwanted in (b"Exif", b"Lavc", b"http"):
        assert unwanted not in jpeg


def test_a_few_batches_may_give_it_however_many_there_are() -> None:
    assert [0, 1, 2, 4, 8, 16] == [index for index in range(20) if is_candidate(index)]
