"""Requests that TensorFlow Serving runs before it calls a version ready, so that no user pays for
the first call of a shape.

The server reads them from `assets.extra/tf_serving_warmup_requests`: a TFRecord file of
PredictionLog messages. A uint8 tensor whose `int_val` holds one value is filled with it, which
keeps a record small at any resolution.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow_serving.apis.predict_pb2 import PredictRequest
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog, PredictLog

from nhance_models import colour

FILE = Path("assets.extra") / "tf_serving_warmup_requests"
RESOLUTIONS = ((360, 640), (720, 1280), (1080, 1920))  # heights and widths
CALL_BYTES = 8_000_000  # of NV12 in one call, as the workers send them
_GREY = 128


def batch_sizes(height: int, width: int) -> tuple[int, ...]:
    """One frame, for which looks are asked, and as many as fill a call."""
    return tuple(sorted({1, max(1, CALL_BYTES // (height * width * 3 // 2))}))


def requests(signatures: Mapping[str, Any], name: str) -> Iterator[PredictRequest]:
    """`enhance` at every resolution and batch size and, where it exists, `look` of one frame."""
    for height, width in RESOLUTIONS:
        for frames in batch_sizes(height, width):
            for signature in ("look", "enhance"):
                if signature in signatures and (signature == "enhance" or frames == 1):
                    specs = signatures[signature].input_signature
                    yield _request(name, signature, specs, (frames, height, width))


def write(version: Path, signatures: Mapping[str, Any], name: str) -> None:
    """Adds the file to the folder of a version; `signatures` are its traced functions."""
    path = version / FILE
    path.parent.mkdir()
    with tf.io.TFRecordWriter(str(path)) as records:
        for request in requests(signatures, name):
            log = PredictionLog(predict_log=PredictLog(request=request))
            records.write(log.SerializeToString(deterministic=True))


def _request(
    name: str, signature: str, specs: tuple[tf.TensorSpec, ...], size: tuple[int, int, int]
) -> PredictRequest:
    frames, height, width = size
    request = PredictRequest()
    request.model_spec.name, request.model_spec.signature_name = name, signature
    planes = {
        "luma": (frames, height, width, 1),
        "chroma": (frames, (height + 1) // 2, (width + 1) // 2, 2),
    }
    for spec in specs:
        tensor = request.inputs[spec.name]
        if spec.name in planes:
            tensor.dtype = spec.dtype.as_datatype_enum
            tensor.tensor_shape.CopyFrom(tf.TensorShape(planes[spec.name]).as_proto())
            tensor.int_val.append(_GREY)
        else:
            tensor.CopyFrom(tf.make_tensor_proto(_parameter(spec, frames)))
    return request


def _parameter(spec: tf.TensorSpec, frames: int) -> colour.Array:
    if spec.name == "yuv_to_rgb":
        return colour.yuv_to_rgb_matrix("bt709", full_range=False)
    if spec.name == "strength":
        return np.ones((), np.float32)
    return np.zeros((frames, spec.shape[1]), np.float32)
