import numpy as np
import tensorflow as tf

from nhance_models import folding

RANDOM = np.random.default_rng(11)
LUMA = RANDOM.integers(0, 256, (2, 16, 24, 1)).astype(np.uint8)
CHROMA = RANDOM.integers(0, 256, (2, 8, 12, 2)).astype(np.uint8)


def test_cells_are_those_of_space_to_depth() -> None:
    luma, chroma = folding.fold(LUMA, CHROMA)
    np.testing.assert_array_equal(tf.nn.space_to_depth(LUMA.astype(np.float32) - 128, 4), luma)
    np.testing.assert_array_equal(tf.nn.space_to_depth(CHROMA.astype(np.float32) - 128, 2), chroma)


def test_folding_and_back() -> None:
    cells = tf.concat(folding.fold(LUMA, CHROMA), axis=-1)
    luma, chroma = folding.unfold(cells + 0.4)
    np.testing.assert_array_equal(LUMA, luma)
    np.testing.assert_array_equal(CHROMA, chroma)
    black, _ = folding.unfold(cells - 400.0)
    np.testing.assert_array_equal(np.zeros_like(LUMA), black)


def test_canonical_planes_and_back() -> None:
    luma, chroma = LUMA.astype(np.float32) / 255, CHROMA.astype(np.float32) / 255 - 0.5
    cells = tf.concat(folding.from_canonical(luma, chroma), axis=-1)
    for back, plane in zip(folding.to_canonical(cells), (luma, chroma), strict=True):
        np.testing.assert_allclose(plane, back, atol=1e-6)
