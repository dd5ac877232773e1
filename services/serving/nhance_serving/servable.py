"""One version of one model in memory: a TensorFlow session and the model's signatures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2

from nhance_serving.errors import ServingError, invalid_argument, not_found
from nhance_serving.tensors import Array

_TRACEBACK_HEAD = "Graph execution error:\n\n"


@dataclass(frozen=True)
class Threads:
    """Sizes of TensorFlow's thread pools; 0 means one thread a core."""

    intra_op: int = 0
    inter_op: int = 0


class Servable:
    """A SavedModel, loaded with its ``serve`` tag the way the C++ server loads it.

    It runs in a session, not through ``tf.saved_model.load``: that is what the real server does,
    so feeds, fetches and errors are the same for TensorFlow 1 and TensorFlow 2 models.
    """

    def __init__(self, name: str, version: int, path: Path, threads: Threads) -> None:
        """Raises ServingError if the directory holds no model that can be loaded."""
        self.name = name
        self.version = version
        graph = tf.Graph()
        self._session = tf.compat.v1.Session(graph=graph, config=_session_config(threads))
        try:
            with graph.as_default():
                meta_graph = tf.compat.v1.saved_model.load(self._session, ["serve"], str(path))
        except Exception as error:
            self.close()
            raise _loading_failed(path, error) from error
        self.signatures: Mapping[str, meta_graph_pb2.SignatureDef] = dict(
            meta_graph.signature_def.items()
        )

    def run(self, feeds: Mapping[str, Array], fetches: Sequence[str]) -> list[Any]:
        """The tensors named ``fetches``, given those named in ``feeds``; safe from any thread.

        Raises ServingError with TensorFlow's own code and message.
        """
        try:
            outputs: list[Any] = self._session.run(list(fetches), dict(feeds))
        except tf.errors.OpError as error:
            message = error.message.removeprefix(_TRACEBACK_HEAD)
            raise ServingError.from_number(error.error_code, message) from error
        except (ValueError, TypeError) as error:
            raise invalid_argument(str(error)) from error
        return outputs

    def close(self) -> None:
        self._session.close()


def _session_config(threads: Threads) -> Any:
    config = tf.compat.v1.ConfigProto(
        intra_op_parallelism_threads=threads.intra_op,
        inter_op_parallelism_threads=threads.inter_op,
    )
    config.gpu_options.allow_growth = True
    return config


def _loading_failed(path: Path, error: Exception) -> ServingError:
    if isinstance(error, tf.errors.OpError):
        return ServingError.from_number(error.error_code, error.message)
    if isinstance(error, OSError):
        return not_found(f"Could not read the SavedModel at {path}: {error}")
    return invalid_argument(f"Could not load the SavedModel at {path}: {error}")
