"""Makes models/gallery/before-after.jpg: the phone camera's pictures beside what a servable makes.

    python models/runs/gallery.py SERVABLE OUT

The pictures come with the package scikit-image. The camera's settings are drawn like those of
training; a seed is chosen for each, so that the page shows a dim room, an evening, a flat afternoon
and a night.
"""

import sys
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image
from skimage import data

from nhance_models import camera, canonical
from nhance_models.loaded import Loaded

SHOTS = {"coffee": 21, "astronaut": 28, "chelsea": 53, "rocket": 43}
WIDTH, HEIGHT = 480, 320


def framed(name: str) -> tf.Tensor:
    """The largest upper part of the page's shape, float32 0..1 [1,H,W,3]."""
    picture = Image.fromarray(getattr(data, name)())
    scale = max(WIDTH / picture.width, HEIGHT / picture.height)
    picture = picture.resize(
        (round(picture.width * scale), round(picture.height * scale)), Image.Resampling.LANCZOS
    )
    left = (picture.width - WIDTH) // 2
    cut = picture.crop((left, 0, left + WIDTH, HEIGHT))
    return tf.constant(np.asarray(cut, np.float32)[None] / 255)


def main(servable: str, out: str) -> None:
    model = Loaded.read(Path(servable))
    rows = []
    for name, seed in SHOTS.items():
        shot = camera.draw(1, tf.constant([seed, 1]))
        film = camera.film(framed(name), shot, tf.constant([seed, 2]))
        before = np.clip(canonical.to_rgb(*film).numpy(), 0, 1)
        rows.append(np.concatenate([before[0], model.frames(before)[0]], axis=1))
    page = np.concatenate(rows, axis=0)
    codes = np.round(np.clip(page, 0, 1) * 255).astype(np.uint8)
    Image.fromarray(codes).save(out, quality=88)


if __name__ == "__main__":
    main(*sys.argv[1:])
