from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from nhance_models import colour, dped, servable
from nhance_models.loaded import Loaded

BT709 = colour.yuv_to_rgb_matrix("bt709", full_range=False)


def convolve(x: colour.Array, kernel: colour.Array) -> colour.Array:
    """A plain SAME convolution of x [H,W,I] with kernel [k,k,I,O]."""
    pad = kernel.shape[0] // 2
    padded = np.pad(x, ((pad, pad), (pad, pad), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape[:2], axis=(0, 1))
    return np.asarray(np.einsum("hwikl,klio->hwo", windows, kernel, optimize=True), np.float32)


def published_network(checkpoint: Path, rgb: colour.Array) -> colour.Array:
    """The published generator in numpy, straight from the checkpoint's own names."""
    reader = tf.train.load_checkpoint(str(checkpoint))
    unnamed = iter(["Variable", *(f"Variable_{n}" for n in range(1, 16))])

    def layer(x: colour.Array, number: int) -> colour.Array:
        kernel, bias = (reader.get_tensor(f"generator/{part}{number}") for part in "Wb")
        return np.asarray(convolve(x, kernel) + bias)

    def normalised(x: colour.Array) -> colour.Array:
        shift, scale = (reader.get_tensor(f"generator/{next(unnamed)}") for _ in range(2))
        return np.asarray(scale * (x - x.mean((0, 1))) / np.sqrt(x.var((0, 1)) + 1e-3) + shift)

    x = np.maximum(layer(rgb, 1), 0)
    for number in (2, 4, 6, 8):
        inner = np.maximum(normalised(layer(x, number)), 0)
        x = x + np.maximum(normalised(layer(inner, number + 1)), 0)
    x = np.maximum(layer(x, 10), 0)
    x = np.maximum(layer(x, 11), 0)
    return np.tanh(layer(x, 12)) * np.float32(0.58) + np.float32(0.5)


def test_multiply_adds_a_pixel() -> None:
    assert dped.multiply_adds() == 399_744


@pytest.fixture(scope="module")
def iphone(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    weights = dped.load_checkpoint(data / "dped" / "iphone_orig")
    folder = servable.export(
        servable.dped_servable(weights), tmp_path_factory.mktemp("servables"), "dped", 1
    )
    return Loaded.read(folder)


@pytest.mark.parametrize(("height", "width"), [(32, 44), (31, 25)])
def test_import_equals_the_published_network(
    iphone: Loaded, data: Path, height: int, width: int
) -> None:
    coarse = np.random.default_rng(2).uniform(0, 1, (2, 5, 6, 3))
    frames = np.clip(tf.image.resize(coarse, [height, width], "bicubic"), 0, 1).astype(np.float32)
    enhanced = iphone.frames(frames)
    expected = [published_network(data / "dped" / "iphone_orig", frame) for frame in frames]
    np.testing.assert_allclose(enhanced, np.stack(expected), atol=1 / 255)


def test_planes_are_rendered_one_by_one(iphone: Loaded) -> None:
    random = np.random.default_rng(3)
    luma = random.integers(16, 236, (2, 19, 22, 1), np.uint8)
    chroma = random.integers(100, 156, (2, 10, 11, 2), np.uint8)
    both = iphone.enhance((luma, chroma), BT709)
    single = [iphone.enhance((luma[i : i + 1], chroma[i : i + 1]), BT709) for i in range(2)]
    np.testing.assert_array_equal(both[0], np.concatenate([planes[0] for planes in single]))
    np.testing.assert_array_equal(both[1], np.concatenate([planes[1] for planes in single]))

    rgb = np.clip(colour.nv12_to_rgb(luma, chroma, tf.constant(BT709)), 0, 1)
    expected = colour.rgb_to_nv12(tf.constant(iphone.frames(rgb)), tf.constant(BT709))
    np.testing.assert_allclose(both[0], expected[0], atol=1)
    np.testing.assert_allclose(both[1], expected[1], atol=1)

    untouched = iphone.enhance((luma, chroma), BT709, strength=0.0)
    np.testing.assert_array_equal(untouched[0], luma)
    np.testing.assert_array_equal(untouched[1], chroma)


def test_a_checkpoint_of_something_else_names_what_it_lacks(tmp_path: Path) -> None:
    path = tf.train.Checkpoint(step=tf.Variable(1)).write(str(tmp_path / "other"))
    with pytest.raises(ValueError, match="lacks the variable generator/W1"):
        dped.load_checkpoint(Path(path))


def test_a_file_that_is_no_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no TensorFlow checkpoint"):
        dped.load_checkpoint(tmp_path / "absent")
