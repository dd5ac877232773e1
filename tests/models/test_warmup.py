"""What a model server runs before it calls a version ready."""

from pathlib import Path
from typing import Any

import tensorflow as tf
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

from nhance_enhance.model_client import frames_per_rpc
from nhance_models import warmup
from nhance_models.loaded import Loaded


def recorded(version: Path) -> list[Any]:
    records = tf.data.TFRecordDataset(str(version / warmup.FILE))
    logs = [PredictionLog.FromString(record.numpy()) for record in records]
    return [log.predict_log.request for log in logs]


def shape_of(request: Any) -> tuple[int, ...]:
    return tuple(tf.TensorShape(request.inputs["luma"].tensor_shape).as_list()[:3])


def test_each_shape_that_workers_send_is_asked_for_once(look_model_folder: Path) -> None:
    requests = recorded(look_model_folder)
    asked = [(r.model_spec.signature_name, *shape_of(r)) for r in requests]
    wanted = {
        ("enhance", frames, height, width)
        for height, width in warmup.RESOLUTIONS
        for frames in (1, frames_per_rpc(height, width))
    } | {("look", 1, height, width) for height, width in warmup.RESOLUTIONS}
    assert len(asked) == len(wanted)
    assert set(asked) == wanted
    assert {r.model_spec.name for r in requests} == {"look"}
    assert (look_model_folder / warmup.FILE).stat().st_size < 20_000


def test_the_requests_are_answered(look_model_folder: Path, look_model: Loaded) -> None:
    small = [r for r in recorded(look_model_folder) if shape_of(r)[:2] == (1, 360)]
    assert [r.model_spec.signature_name for r in small] == ["look", "enhance"]
    for request in small:
        inputs = {
            name: tf.constant(tf.make_ndarray(value)) for name, value in request.inputs.items()
        }
        answer = look_model.model.signatures[request.model_spec.signature_name](**inputs)
        assert all(value.shape[0] == 1 for value in answer.values())
