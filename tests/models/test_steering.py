from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from nhance_models import colour
from nhance_models.loaded import Loaded, Planes
from nhance_models.steering import FAR_CODES, FLICKER_CODES, KEPT, SIZE, Course

SHIPPED = Path(__file__).parents[2] / "models" / "servables"
WHOLE = tf.ones([1, 1])
BT709 = colour.yuv_to_rgb_matrix("bt709", full_range=False)


def course(before: list[float], after: list[float]) -> Course:
    return Course(tf.constant([before], tf.float32), tf.constant([after], tf.float32))


def cells(luma: float, blue: float, red: float) -> tuple[tf.Tensor, tf.Tensor]:
    """Two frames' cells around these means, which differ from place to place."""
    random = np.random.default_rng(2)
    planes = []
    for means in (np.full(16, luma), np.tile([blue, red], 4)):
        noise = random.normal(0, 5, (2, 6, 9, len(means)))
        noise -= noise.mean(axis=(1, 2, 3), keepdims=True)
        noise -= noise.mean(axis=(1, 2), keepdims=True)
        planes.append(tf.constant(means + noise, tf.float32))
    return planes[0], planes[1]


def test_a_look_carries_the_means() -> None:
    found = Course.of(cells(-40, 3, -5), tf.concat(cells(12, 6, -7), axis=-1))
    numbers = found.numbers()
    assert numbers.shape == (2, SIZE)
    assert np.abs(numbers).max() <= 1
    again = Course.read(numbers)
    np.testing.assert_allclose(again.before, [[-40, 3, -5]] * 2, atol=1e-4)
    np.testing.assert_allclose(again.after, [[12, 6, -7]] * 2, atol=1e-4)


def test_a_frame_that_a_look_was_taken_of_is_not_moved() -> None:
    own = course([-40, 3, -5], [12, 6, -7])
    assert not own.shift(own, WHOLE).numpy().any()


def test_noise_is_flattened() -> None:
    look, own = course([-40, 0, 0], [10, 0, 0]), course([-39.6, 0.1, 0], [10.6, 0.2, 0])
    shift = look.shift(own, WHOLE).numpy()[0]
    np.testing.assert_allclose(shift[:16], -0.6, rtol=0.03)
    np.testing.assert_allclose(shift[16:], [-0.2, 0] * 4, rtol=0.03)


@pytest.mark.parametrize("departs", [-1.5, 1.5])
def test_what_is_left_of_a_departure(departs: float) -> None:
    left = KEPT * (departs - np.copysign(FLICKER_CODES, departs))
    look, own = course([-40, 0, 0], [10, 0, 0]), course([-40 + departs, 0, 0], [10 + left, 0, 0])
    np.testing.assert_allclose(look.shift(own, WHOLE), 0, atol=1e-5)


def test_nothing_is_moved_far() -> None:
    own = course([0, 0, 0], [0, 0, 0])
    for share in (WHOLE, WHOLE / 100, 0 * WHOLE):
        for wanted in np.linspace(-20, 20, 401):
            shift = course([0, 0, 0], [wanted, 0, 0]).shift(own, share).numpy()
            assert np.abs(shift).max() <= 0.29 * FAR_CODES
            if abs(wanted) >= FAR_CODES:
                assert not shift.any()


def test_where_little_may_change_that_is_moved_the_further() -> None:
    look, own = course([0, 0, 0], [0.1, 0, 0]), course([0, 0, 0], [0, 0, 0])
    np.testing.assert_allclose(look.shift(own, WHOLE / 4)[0, :16], 0.4, rtol=0.02)


def night(seed: int) -> Planes:
    """A dim street with a black sky, under noise of its own."""
    random = np.random.default_rng(seed)
    scene = np.random.default_rng(1)
    luma, chroma = (
        np.kron(scene.uniform(*span, shape), np.ones(size))
        for span, shape, size in (
            ((16, 110), (1, 6, 8, 1), (1, 16, 16, 1)),
            ((110, 146), (1, 6, 8, 2), (1, 8, 8, 1)),
        )
    )
    luma += random.normal(0, 5, luma.shape)
    chroma += random.normal(0, 3, chroma.shape)
    luma[:, :32], chroma[:, :16] = 16, 128
    return np.clip(np.round(luma), 16, 235).astype(np.uint8), np.round(chroma).astype(np.uint8)


@pytest.mark.parametrize("name", ["look", "look-live"])
def test_noise_moves_the_output_no_more_than_the_input(name: str) -> None:
    """The network lifts this scene, and its noise with it; black stays black even so."""
    model = Loaded.read(SHIPPED / name / "1")
    frames = [night(seed) for seed in range(12)]
    look = model.look(frames[0], BT709)
    enhanced = [model.enhance(frame, BT709, look) for frame in frames]
    assert enhanced[0][0].mean() > frames[0][0].mean() + 5
    for plane in (0, 1):
        before, after = (
            np.array([frame[plane].mean(axis=(0, 1, 2)) for frame in some])
            for some in (frames, enhanced)
        )
        moved_before, moved_after = (
            np.abs(np.diff(means, axis=0)).mean() for means in (before, after)
        )
        assert moved_before > 0
        assert moved_after < moved_before
    for luma, chroma in enhanced:
        assert (luma[:, :28] == 16).all()
        assert (chroma[:, :14] == 128).all()


@pytest.mark.parametrize("name", ["look", "look-live"])
def test_what_stands_still_is_left_alone_when_a_light_goes_on(name: str) -> None:
    model = Loaded.read(SHIPPED / name / "1")
    dark = night(1)
    lit = (dark[0].copy(), dark[1])
    lit[0][:, 32:, 64:] = 150
    first, last = (model.look(frame, BT709) for frame in (dark, lit))
    for frame, at in [(dark, 0.0), (dark, 0.2), (dark, 0.4), (lit, 0.6), (lit, 0.8), (lit, 1.0)]:
        look = first + np.float32(at) * (last - first)
        steered = model.enhance(frame, BT709, look)[0][:, 48:, :48].mean()
        look[:, -SIZE:] = 4  # so far away that nothing is moved
        alone = model.enhance(frame, BT709, look)[0][:, 48:, :48].mean()
        assert abs(steered - alone) < 2.5
