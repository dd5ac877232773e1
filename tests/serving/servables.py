"""Tiny SavedModels with the signatures of a servable, and a model server on a free port."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import tensorflow as tf
from tensorflow_serving.apis import model_service_pb2_grpc, prediction_service_pb2_grpc

from nhance_serving.server import ModelServer
from nhance_serving.settings import ServingSettings

LUMA = tf.TensorSpec([None, None, None, 1], tf.uint8)
CHROMA = tf.TensorSpec([None, None, None, 2], tf.uint8)
MATRIX = tf.TensorSpec([3, 4], tf.float32)
SCALAR = tf.TensorSpec([], tf.float32)
LOOK = tf.TensorSpec([None, 2], tf.float32)


class Brighten(tf.Module):  # type: ignore[misc]
    """``enhance`` adds ``offset`` times strength; ``look`` is a frame's mean and ``look_bias``."""

    def __init__(self, offset: int, look_bias: float) -> None:
        super().__init__()
        self.offset = tf.Variable(float(offset))
        self.look_bias = tf.Variable(look_bias)

    @tf.function(input_signature=[LUMA, CHROMA, MATRIX, SCALAR, LOOK])  # type: ignore[untyped-decorator]
    def enhance(self, luma: Any, chroma: Any, yuv_to_rgb: Any, strength: Any, look: Any) -> Any:
        brighter = tf.cast(luma, tf.float32) + self.offset * strength
        kept = yuv_to_rgb[0, 0] + look[0, 0]
        return {
            "luma": tf.cast(tf.clip_by_value(brighter + 0.0 * kept, 0.0, 255.0), tf.uint8),
            "chroma": chroma,
        }

    @tf.function(input_signature=[LUMA, CHROMA, MATRIX])  # type: ignore[untyped-decorator]
    def look(self, luma: Any, chroma: Any, yuv_to_rgb: Any) -> Any:
        mean = tf.reduce_mean(tf.cast(luma, tf.float32), [1, 2, 3])
        return {"look": tf.stack([mean, 0.0 * mean + self.look_bias], axis=1)}

    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32)])  # type: ignore[untyped-decorator]
    def twice(self, x: Any) -> Any:
        return {
            "y": 2.0 * x + self.offset - self.offset,
            "name": tf.constant(b"a\0b"),
            "count": tf.shape(x, tf.int64),
            "half": tf.cast(x, tf.float16),
            "inverse": tf.linalg.matmul(x, x),
        }

    @tf.function(input_signature=[SCALAR])  # type: ignore[untyped-decorator]
    def slow(self, seconds: Any) -> Any:
        def sleep(value: Any) -> Any:
            last = tf.timestamp() + tf.cast(value, tf.float64)
            return tf.while_loop(lambda now: now < last, lambda _: [tf.timestamp()], [last - last])

        return {"end": sleep(seconds)[0]}


def save(base: Path, name: str, version: int, offset: int = 1, look_bias: float = 0.5) -> Path:
    """Write BASE/NAME/VERSION and return it."""
    module = Brighten(offset, look_bias)
    path = base / name / str(version)
    staged = base / f".{name}.{version}"
    signatures = {
        "enhance": module.enhance,
        "look": module.look,
        "serving_default": module.twice,
        "slow": module.slow,
    }
    tf.saved_model.save(module, str(staged), signatures=signatures)
    path.parent.mkdir(parents=True, exist_ok=True)
    staged.rename(path)
    return path


class Running:
    """A model server and the official stubs connected to it."""

    def __init__(self, server: ModelServer, channel: grpc.Channel) -> None:
        self.server = server
        self.channel = channel
        self.address = f"127.0.0.1:{server.grpc_port}"
        self.prediction = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        self.models = model_service_pb2_grpc.ModelServiceStub(channel)


@contextmanager
def running(base: Path, **settings: Any) -> Iterator[Running]:
    """A server over ``base`` that polls fast, ready."""
    options: dict[str, Any] = {
        "grpc_address": "127.0.0.1:0",
        "rest_port": 0,
        "poll_s": 0.05,
        "grace_s": 0.1,
    }
    server = ModelServer(ServingSettings(model_base_path=base, **(options | settings)))
    server.start()
    limits = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}", limits) as channel:
        grpc.channel_ready_future(channel).result(timeout=30)
        yield Running(server, channel)
    server.stop()


def eventually(condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
    """Return once ``condition`` holds; fail if it does not in time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "did not come true in time"
        time.sleep(0.02)
