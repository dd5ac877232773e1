"""A servable read back from disk and called with numpy arrays, for measuring and for tests.

Shapes, dtypes and ranges are those of `servable.py`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from nhance_models.colour import Array
from nhance_models.data import Pixels

Planes = tuple[Pixels, Pixels]


@dataclass(frozen=True)
class Loaded:
    """The signatures of one SavedModel."""

    model: Any  # kept, because the signatures only borrow its variables

    @classmethod
    def read(cls, folder: Path) -> "Loaded":
        """Of a version's folder; ValueError when it holds no SavedModel with `serving_default`."""
        try:
            model = tf.saved_model.load(str(folder))
        except OSError as error:
            raise ValueError(f"{folder} holds no SavedModel") from error
        if "serving_default" not in model.signatures:
            raise ValueError(f"{folder} has no signature serving_default")
        return cls(model)

    @property
    def has_look(self) -> bool:
        """Whether the model takes a look."""
        return "look" in self.model.signatures

    def frames(self, frames: Array) -> Array:
        """`serving_default`: RGB 0..1 [N,H,W,3] to the same shape."""
        return np.asarray(self._call("serving_default", frames=frames)["enhanced"])

    def look(self, planes: Planes, yuv_to_rgb: Array) -> Array:
        """`look`: float32 [N,K]."""
        luma, chroma = planes
        return np.asarray(
            self._call("look", luma=luma, chroma=chroma, yuv_to_rgb=yuv_to_rgb)["look"]
        )

    def enhance(
        self, planes: Planes, yuv_to_rgb: Array, look: Array | None = None, strength: float = 1.0
    ) -> Planes:
        """`enhance`: the planes of the enhanced frames."""
        inputs = {
            "luma": planes[0],
            "chroma": planes[1],
            "yuv_to_rgb": yuv_to_rgb,
            "strength": np.float32(strength),
        }
        if look is not None:
            inputs["look"] = look
        outputs = self._call("enhance", **inputs)
        return np.asarray(outputs["luma"]), np.asarray(outputs["chroma"])

    def _call(self, signature: str, **inputs: Any) -> dict[str, tf.Tensor]:
        tensors = {name: tf.constant(value) for name, value in inputs.items()}
        outputs: dict[str, tf.Tensor] = self.model.signatures[signature](**tensors)
        return outputs
