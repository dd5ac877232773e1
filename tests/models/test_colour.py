import itertools

import numpy as np
import pytest
import tensorflow as tf

from nhance_models import canonical, colour

STANDARDS = list(itertools.product(colour.LUMA_WEIGHTS, [False, True]))


def in_gamut(
    standard: colour.Standard, full_range: bool, height: int, width: int
) -> tuple[tf.Tensor, tf.Tensor]:
    """Random NV12 codes [2,height,width,*] whose every pixel is a colour in 0..1."""
    random = np.random.default_rng(1)
    rgb = random.uniform(0.25, 0.75, (2, -(-height // 2), -(-width // 2), 3)).astype(np.float32)
    matrix = tf.constant(colour.yuv_to_rgb_matrix(standard, full_range))
    yuv = colour.to_codes(colour.apply(colour.invert(matrix), rgb)).numpy()
    luma = np.repeat(np.repeat(yuv[..., :1], 2, 1), 2, 2)[:, :height, :width].astype(int)
    luma += random.integers(-12, 13, luma.shape)
    return tf.constant(luma.astype(np.uint8)), tf.constant(yuv[..., 1:])


@pytest.mark.parametrize(("standard", "full_range"), STANDARDS)
@pytest.mark.parametrize(("height", "width"), [(16, 24), (17, 23), (1, 1)])
def test_planes_survive_rgb(
    standard: colour.Standard, full_range: bool, height: int, width: int
) -> None:
    matrix = tf.constant(colour.yuv_to_rgb_matrix(standard, full_range))
    luma, chroma = in_gamut(standard, full_range, height, width)
    back = colour.rgb_to_nv12(colour.nv12_to_rgb(luma, chroma, matrix), matrix)
    np.testing.assert_array_equal(back[0], luma)
    np.testing.assert_array_equal(back[1], chroma)


@pytest.mark.parametrize(
    ("standard", "full_range", "codes", "rgb"),
    [
        ("bt709", False, (16, 128, 128), (0, 0, 0)),
        ("bt709", False, (235, 128, 128), (1, 1, 1)),
        ("bt709", True, (255, 128, 128), (1, 1, 1)),
        ("bt601", False, (81, 90, 240), (1, 0, 0)),  # the red bar of BT.601 colour bars
        ("bt709", False, (63, 102, 240), (1, 0, 0)),
        ("bt601", True, (76, 85, 255), (1, 0, 0)),  # JFIF
    ],
)
def test_known_colours(
    standard: colour.Standard, full_range: bool, codes: tuple[int, int, int], rgb: tuple[int, ...]
) -> None:
    matrix = colour.yuv_to_rgb_matrix(standard, full_range)
    np.testing.assert_allclose(matrix[:, :3] @ codes + matrix[:, 3], rgb, atol=0.01)


@pytest.mark.parametrize(("standard", "full_range"), STANDARDS)
def test_canonical_planes_are_the_same_colours(standard: colour.Standard, full_range: bool) -> None:
    matrix = tf.constant(colour.yuv_to_rgb_matrix(standard, full_range))
    luma, chroma = in_gamut(standard, full_range, 17, 23)
    rgb = canonical.to_rgb(*canonical.from_codes(luma, chroma, matrix))
    np.testing.assert_allclose(rgb, colour.nv12_to_rgb(luma, chroma, matrix), atol=2e-4)


def test_padding_mirrors_to_the_grid() -> None:
    luma, chroma = tf.random.uniform([1, 17, 31, 1]), tf.random.uniform([1, 9, 16, 2])
    padded = canonical.pad(luma, chroma)
    assert [tuple(plane.shape) for plane in padded] == [(1, 32, 32, 1), (1, 16, 16, 2)]
    np.testing.assert_array_equal(padded[0][:, :17, :31], luma)
    np.testing.assert_array_equal(padded[0][:, 17, :31], luma[:, 16])
