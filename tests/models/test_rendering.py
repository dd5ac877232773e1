import numpy as np
import pytest
import tensorflow as tf

from nhance_models import colour, folding, look, rendering
from nhance_models.sizes import PRESETS, LookConfig


@pytest.mark.parametrize(("name", "most"), [("look", 3000), ("look-live", 800)])
def test_cost(name: str, most: int) -> None:
    assert rendering.cost(PRESETS[name]) <= most


def test_cost_counts_the_weights_that_render() -> None:
    for config in PRESETS.values():
        weights = look.new_weights(config, 0)
        for layer in rendering.convolutions(config):
            assert int(tf.size(weights[layer.name])) == layer.multiply_adds * layer.pixels


def cells(count: int) -> folding.Planes:
    random = np.random.default_rng(13)
    shapes = [(count, 8, 12, 16), (count, 8, 12, 8)]
    luma, chroma = (random.uniform(-90, 90, shape).astype(np.float32) for shape in shapes)
    return tf.constant(luma), tf.constant(chroma)


def test_frames_together_and_alone(sizes: LookConfig) -> None:
    weights, codes = look.new_weights(sizes, 3), rendering.Codes.full_range()
    random = np.random.default_rng(14)
    looks = tf.constant(random.uniform(-1, 1, (3, sizes.size)).astype(np.float32))
    luma, chroma = cells(3)
    together = rendering.render(weights, sizes, codes, (luma, chroma), looks)
    for i in range(3):
        one = (luma[i : i + 1], chroma[i : i + 1])
        alone = rendering.render(weights, sizes, codes, one, looks[i : i + 1])
        np.testing.assert_allclose(together[i], alone[0], atol=2e-3)


def test_the_curve_in_full_and_limited_range() -> None:
    """The curve that its docstring gives, in the codes of either range."""
    lift, (a, b) = 0.1, (0.8, -0.4)
    bend = tf.constant([[np.log(lift / 0.2 / (1 - lift / 0.2)) / 2, a, b]], tf.float32)
    luma = np.linspace(0.1, 1.0, 19)
    t = (luma - lift) / (1 - lift)
    expected = t + t * (1 - t) * (a + b * t)
    for full_range in (True, False):
        matrix = colour.yuv_to_rgb_matrix("bt709", full_range)
        low, span = (0, 255) if full_range else (16, 219)
        x = tf.constant((low + span * luma - 128)[None, None, :, None], tf.float32)
        curve = rendering._curve(bend, tf.constant([0.2]), rendering.Codes.of(tf.constant(matrix)))
        bent = (rendering._polynomial(x, curve)[0, 0, :, 0] + 128 - low) / span
        np.testing.assert_allclose(bent, expected, atol=1e-4)


def test_codes_of_full_range_are_the_unit() -> None:
    codes = rendering.Codes.of(tf.constant(colour.yuv_to_rgb_matrix("bt601", full_range=True)))
    unit = rendering.Codes.full_range()
    np.testing.assert_allclose(codes.scales(), unit.scales(), rtol=1e-5)
    np.testing.assert_allclose(codes.luma_centre, unit.luma_centre, rtol=1e-5)
