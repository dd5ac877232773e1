import numpy as np
import pytest
import tensorflow as tf

from nhance_models import camera

SEED = tf.constant([1, 2], tf.int32)


@pytest.fixture(scope="module")
def photos() -> tf.Tensor:
    coarse = tf.random.stateless_uniform([16, 6, 6, 3], SEED)
    return tf.clip_by_value(tf.image.resize(coarse, [48, 48], "bicubic"), 0.0, 1.0)


def test_planes_are_in_range_and_on_the_grid_of_eight_bits(photos: tf.Tensor) -> None:
    luma, chroma = (plane.numpy() for plane in camera.film(photos, camera.draw(16, SEED), SEED))
    assert luma.shape == (16, 48, 48, 1)
    assert chroma.shape == (16, 24, 24, 2)
    assert 0 <= luma.min() < luma.max() <= 1
    assert -0.503 <= chroma.min() < chroma.max() <= 0.503
    np.testing.assert_allclose(luma * 255, np.round(luma * 255), atol=1e-3)
    np.testing.assert_allclose(chroma * 255, np.round(chroma * 255), atol=1e-3)


def test_the_same_seed_is_the_same_picture(photos: tf.Tensor) -> None:
    first, second = (camera.film(photos, camera.draw(16, SEED), SEED)[0] for _ in range(2))
    other = camera.film(photos, camera.draw(16, SEED + 1), SEED)[0]
    np.testing.assert_array_equal(first, second)
    assert np.abs(first - other).max() > 0.1


def test_settings_are_spread_as_written() -> None:
    shot = camera.draw(4000, SEED)
    stops = np.log2(shot.exposure.numpy().ravel())
    mild = (np.abs(stops) < 0.3) & (np.abs(shot.contrast.numpy().ravel() - 1) < 0.05)
    assert mild.mean() == pytest.approx(camera.UNDAMAGED + 0.05, abs=0.07)
    assert (stops < -1.8).mean() == pytest.approx(camera.NIGHT + 0.04, abs=0.05)
    assert -4 < stops.min() < -3.5
    assert 0.5 < stops.max() <= 1.25
    compressed = (shot.quantiser.numpy() > 0).mean()
    assert compressed == pytest.approx(camera.COMPRESSED * (1 - camera.UNDAMAGED), abs=0.04)


def test_white_that_clips_stays_white() -> None:
    white = tf.ones([64, 16, 16, 3])
    shot = camera.draw(64, SEED)
    bright = shot.exposure.numpy().ravel() * shot.balance.numpy().min((1, 2, 3)) > 1.2
    assert bright.any()
    linear = tf.minimum(camera.expose(white, shot), 1.0)
    np.testing.assert_allclose(camera.develop(linear, shot).numpy()[bright], 1.0, atol=0.01)
    np.testing.assert_allclose(camera.blown(white, shot).numpy()[bright], 1.0)


def test_settings_repeat_frame_by_frame() -> None:
    shot = camera.draw(3, SEED)
    repeated = shot.repeat(2)
    np.testing.assert_array_equal(repeated.exposure[:2], np.repeat(shot.exposure[:1], 2, axis=0))
    np.testing.assert_array_equal(repeated.balance[4:], np.repeat(shot.balance[2:], 2, axis=0))
