import numpy as np
import pytest
import tensorflow as tf

from nhance_models import colour, look, steering
from nhance_models.loaded import Loaded, Planes

BT709 = colour.yuv_to_rgb_matrix("bt709", full_range=False)


def planes(height: int, width: int, count: int = 1) -> Planes:
    random = np.random.default_rng(height * width)
    luma = random.integers(0, 256, (count, height, width, 1), np.uint8)
    chroma = random.integers(0, 256, (count, -(-height // 2), -(-width // 2), 2), np.uint8)
    return luma, chroma


@pytest.mark.parametrize(("height", "width"), [(16, 16), (17, 31), (50, 67), (64, 48)])
def test_any_size(look_model: Loaded, height: int, width: int) -> None:
    frame = planes(height, width, count=2)
    vector = look_model.look(frame, BT709)
    enhanced = look_model.enhance(frame, BT709, vector)
    assert vector.shape == (2, 8 + steering.SIZE)
    assert [plane.shape for plane in enhanced] == [plane.shape for plane in frame]
    assert np.abs(enhanced[0].astype(int) - frame[0]).mean() > 1


@pytest.mark.parametrize("standard", ["bt601", "bt709", "bt2020"])
@pytest.mark.parametrize("full_range", [False, True])
def test_strength_zero_is_the_input(
    look_model: Loaded, standard: colour.Standard, full_range: bool
) -> None:
    frame = planes(33, 47)
    matrix = colour.yuv_to_rgb_matrix(standard, full_range)
    vector = look_model.look(frame, matrix)
    untouched = look_model.enhance(frame, matrix, vector, strength=0.0)
    np.testing.assert_array_equal(untouched[0], frame[0])
    np.testing.assert_array_equal(untouched[1], frame[1])


def test_strength_scales_the_change(look_model: Loaded) -> None:
    frame = planes(48, 48)
    vector = look_model.look(frame, BT709)
    half, whole = (look_model.enhance(frame, BT709, vector, s)[0].astype(int) for s in (0.5, 1.0))
    inside = (whole > 0) & (whole < 255)
    np.testing.assert_allclose(
        (half - frame[0])[inside], ((whole - frame[0]) / 2)[inside], atol=1.01
    )


@pytest.mark.parametrize("code", [16, 235])
def test_black_and_white_stay(look_model: Loaded, code: int) -> None:
    frame = (np.full((1, 32, 32, 1), code, np.uint8), np.full((1, 16, 16, 2), 128, np.uint8))
    enhanced = look_model.enhance(frame, BT709, np.ones((1, 8 + steering.SIZE), np.float32))
    np.testing.assert_array_equal(enhanced[0], frame[0])
    np.testing.assert_array_equal(enhanced[1], frame[1])


def test_a_frame_is_rendered_alike_in_any_company(look_model: Loaded) -> None:
    frame = planes(48, 64, count=3)
    vector = look_model.look(frame, BT709)
    together = look_model.enhance(frame, BT709, vector)
    alone = look_model.enhance((frame[0][1:2], frame[1][1:2]), BT709, vector[1:2])
    np.testing.assert_array_equal(together[0][1:2], alone[0])
    np.testing.assert_array_equal(together[1][1:2], alone[1])


def test_repeated_calls_agree_to_the_bit(look_model: Loaded) -> None:
    frame = planes(90, 120)
    vector = look_model.look(frame, BT709)
    first = look_model.enhance(frame, BT709, vector)
    for _ in range(3):
        np.testing.assert_array_equal(look_model.look(frame, BT709), vector)
        np.testing.assert_array_equal(look_model.enhance(frame, BT709, vector)[0], first[0])


@pytest.mark.parametrize("full_range", [False, True])
def test_frames_agree_with_planes(look_model: Loaded, full_range: bool) -> None:
    matrix = colour.yuv_to_rgb_matrix("bt601", full_range)
    luma, chroma = planes(32, 48)
    frame = (luma // 2 + 64, chroma // 8 + 112)
    enhanced = look_model.enhance(frame, matrix, look_model.look(frame, matrix))
    rgb = look_model.frames(colour.nv12_to_rgb(*frame, tf.constant(matrix)).numpy())
    expected = np.clip(colour.nv12_to_rgb(*enhanced, tf.constant(matrix)), 0, 1)
    np.testing.assert_allclose(rgb, expected, atol=0.03)


def test_standards_differ_little(look_model: Loaded) -> None:
    random = np.random.default_rng(5)
    coarse = random.uniform(0.2, 0.8, (1, 8, 12, 3)).astype(np.float32)
    rgb = tf.image.resize(coarse, (64, 96), "bicubic")
    enhanced = []
    for standard in colour.LUMA_WEIGHTS:
        matrix = tf.constant(colour.yuv_to_rgb_matrix(standard, full_range=False))
        frame = tuple(plane.numpy() for plane in colour.rgb_to_nv12(rgb, matrix))
        vector = look_model.look((frame[0], frame[1]), matrix.numpy())
        planes_of = look_model.enhance((frame[0], frame[1]), matrix.numpy(), vector)
        enhanced.append(colour.nv12_to_rgb(*planes_of, matrix).numpy())
    assert np.abs(enhanced[0] - rgb).mean() > 0.02
    for other in enhanced[1:]:
        assert np.abs(other - enhanced[0]).mean() < 0.02


def test_noise_is_measured() -> None:
    random = np.random.default_rng(4)
    clean = np.full((2, 64, 64, 1), 0.5, np.float32)
    chroma = np.zeros((2, 32, 32, 2), np.float32)
    noisy = clean + random.normal(0, 0.05, clean.shape).astype(np.float32)
    quiet, loud = (
        look.measure_noise(tf.constant(p), tf.constant(chroma)).numpy() for p in (clean, noisy)
    )
    assert quiet.shape == (2, 4)
    assert (loud[:, :2] > quiet[:, :2] + 1).all()
    np.testing.assert_array_equal(loud[:, 2:], quiet[:, 2:])
