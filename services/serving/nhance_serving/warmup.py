"""Replay the requests that a SavedModel carries for warming up, before it is served."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path

import structlog
import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow_serving.apis import predict_pb2, prediction_log_pb2

from nhance_serving.errors import ServingError, invalid_argument
from nhance_serving.inference import run_predict
from nhance_serving.servable import Servable

REQUESTS = Path("assets.extra") / "tf_serving_warmup_requests"
MAX_RECORDS = 1000  # WarmupConsts::kMaxNumRecords

log = structlog.get_logger()


def warm_up(servable: Servable, path: Path, most_s: float) -> int:
    """Run the Predict records of ``path``'s warm-up file and return how many were read.

    None is begun that would last beyond ``most_s`` seconds at the pace of the one before. The file
    is a TFRecord of ``tensorflow.serving.PredictionLog``; it may be missing. Records of other kinds
    are skipped. Raises ServingError: a model that fails its warm-up is not served.
    """
    requests = path / REQUESTS
    if not requests.is_file():
        return 0
    count = 0
    deadline = time.monotonic() + most_s
    pace = 0.0  # seconds an element
    try:
        for count, record in enumerate(_records(requests), start=1):
            if count > MAX_RECORDS:
                raise invalid_argument(
                    f"Number of warmup records exceeds the maximum ({MAX_RECORDS}) at {requests}"
                )
            prediction = prediction_log_pb2.PredictionLog.FromString(record)
            if prediction.WhichOneof("log_type") != "predict_log":
                continue
            request = prediction.predict_log.request
            elements, started = _elements(request), time.monotonic()
            if started + pace * elements >= deadline:
                log.info("warm_up_cut_short", model=servable.name, after_s=most_s)
                break
            run_predict(servable, request, as_content=True)
            pace = (time.monotonic() - started) / elements
    except DecodeError as error:
        raise invalid_argument(f"Failed to parse warmup record from {requests}") from error
    except tf.errors.OpError as error:
        raise ServingError.from_number(
            error.error_code,
            f"{error.message}. Please verify your warmup data is in TFRecord format.",
        ) from error
    log.info("model_warmed_up", model=servable.name, version=servable.version, records=count)
    return count


def _elements(request: predict_pb2.PredictRequest) -> int:
    """Of all inputs together, at least one."""
    shapes = (tensor.tensor_shape.dim for tensor in request.inputs.values())
    elements: int = sum(math.prod(dim.size for dim in shape) for shape in shapes)
    return max(1, elements)


def _records(path: Path) -> Iterator[bytes]:
    dataset = tf.data.TFRecordDataset(str(path))
    yield from dataset.as_numpy_iterator()
