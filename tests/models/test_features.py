from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from nhance_models import features


def test_squeezenet_tells_a_blur_from_a_copy(data: Path) -> None:
    network = features.load(data / "squeezenet" / "squeezenet_v1.0_imagenet.npz")
    random = np.random.default_rng(2)
    coarse = random.uniform(0, 1, (2, 16, 16, 3)).astype(np.float32)
    sharp = tf.image.resize(coarse, (64, 64), "nearest")
    soft = tf.image.resize(coarse, (64, 64), "bicubic")
    assert network(sharp).shape == (2, 8, 8, 256)
    assert float(features.content_loss(network, sharp, sharp)) == 0
    assert float(features.content_loss(network, sharp, soft)) > 0.01


def test_what_is_no_weights_file(tmp_path: Path) -> None:
    for name in ("weights.npz", "weights.h5"):
        (tmp_path / name).write_bytes(b"no weights")
        with pytest.raises(ValueError, match="holds no weights of"):
            features.load(tmp_path / name)
    with pytest.raises(ValueError, match="neither SqueezeNet's"):
        features.load(tmp_path / "weights.txt")
    np.savez(tmp_path / "other.npz", something=np.zeros(3))
    with pytest.raises(ValueError, match="holds no weights of SqueezeNet"):
        features.load(tmp_path / "other.npz")
