"""A servable run in this process, behind the interface that enhance has to the model server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf


class _Done:
    def __init__(self, value: Any) -> None:
        self._value = value

    def result(self) -> Any:
        return self._value

    def cancel(self) -> None:
        """Nothing is on its way."""


class SavedModel:
    """Loads ``path`` and calls its signatures directly."""

    def __init__(self, path: Path) -> None:
        self._loaded = tf.saved_model.load(str(path))
        self._signatures = self._loaded.signatures
        self.info = self

    @property
    def has_look(self) -> bool:
        return "look" in self._signatures

    def look(self, luma: Any, chroma: Any, yuv_to_rgb: Any) -> Any:
        planes = {"luma": tf.constant(luma), "chroma": tf.constant(chroma)}
        answer = self._signatures["look"](**planes, yuv_to_rgb=tf.constant(yuv_to_rgb))
        return answer["look"].numpy()

    def start_enhance(
        self, luma: Any, chroma: Any, yuv_to_rgb: Any, strength: float, look: Any = None
    ) -> _Done:
        inputs = {
            "luma": tf.constant(luma),
            "chroma": tf.constant(chroma),
            "yuv_to_rgb": tf.constant(yuv_to_rgb),
            "strength": tf.constant(np.float32(strength)),
        }
        if look is not None:
            inputs["look"] = tf.constant(look)
        answer = self._signatures["enhance"](**inputs)
        return _Done((answer["luma"].numpy(), answer["chroma"].numpy()))
