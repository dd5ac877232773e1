from __future__ import annotations

from typing import Any

import grpc
import numpy as np
import pytest
import tensorflow as tf
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tensorflow.core.framework import tensor_pb2, types_pb2
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    inference_pb2,
    predict_pb2,
    regression_pb2,
)

from .servables import Running


def request(name: str = "tiny", signature: str = "", **inputs: Any) -> predict_pb2.PredictRequest:
    message = predict_pb2.PredictRequest()
    message.model_spec.name = name
    message.model_spec.signature_name = signature
    for alias, value in inputs.items():
        message.inputs[alias].CopyFrom(tf.make_tensor_proto(value))
    return message


X = np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)


def refusal(server: Running, message: predict_pb2.PredictRequest) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as caught:
        server.prediction.Predict(message)
    return caught.value.code(), caught.value.details() or ""


def test_empty_signature_is_the_default_and_the_reply_says_what_answered(shared: Running) -> None:
    reply = shared.prediction.Predict(request(x=X))
    assert reply.model_spec.name == "tiny"
    assert reply.model_spec.version.value == 1
    assert reply.model_spec.signature_name == "serving_default"
    assert (2 * X).tolist() == tf.make_ndarray(reply.outputs["y"]).tolist()
    assert reply.outputs["name"].string_val[0] == b"a\0b"
    assert reply.outputs["name"].HasField("tensor_shape")


def test_outputs_are_in_value_fields_by_default(shared: Running) -> None:
    reply = shared.prediction.Predict(request(x=X))
    assert {""} == {output.tensor_content.decode() for output in reply.outputs.values()}
    assert list(reply.outputs["y"].float_val) == [2.0, 4.0, 6.0, 8.0]
    assert list(reply.outputs["count"].int64_val) == [2, 2]


def test_outputs_are_in_tensor_content_behind_the_switch(shared_content: Running) -> None:
    reply = shared_content.prediction.Predict(request(x=X))
    assert (2 * X).tobytes() == reply.outputs["y"].tensor_content
    assert not reply.outputs["y"].float_val


def test_value_fields_are_read(shared: Running) -> None:
    message = request()
    proto = tensor_pb2.TensorProto(dtype=types_pb2.DT_FLOAT, float_val=[3.0])
    for size in (2, 2):
        proto.tensor_shape.dim.add(size=size)
    message.inputs["x"].CopyFrom(proto)
    reply = shared.prediction.Predict(message)
    assert list(reply.outputs["y"].float_val) == [6.0] * 4


def test_output_filter(shared: Running) -> None:
    message = request(x=X)
    message.output_filter.append("y")
    assert {"y"} == set(shared.prediction.Predict(message).outputs)
    message.output_filter.append("y")
    assert refusal(shared, message) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "duplicate output tensor alias: y",
    )
    message.output_filter[1] = "z"
    code, text = refusal(shared, message)
    assert grpc.StatusCode.INVALID_ARGUMENT is code
    assert text.startswith("output tensor alias not found in signature: z Outputs expected")


def test_unknown_model_and_version(shared: Running) -> None:
    assert refusal(shared, request("nope", x=X)) == (
        grpc.StatusCode.NOT_FOUND,
        "Servable not found for request: Latest(nope)",
    )
    message = request(x=X)
    message.model_spec.version.value = 7
    assert refusal(shared, message) == (
        grpc.StatusCode.NOT_FOUND,
        "Servable not found for request: Specific(tiny, 7)",
    )


def test_unknown_signature_and_label(shared: Running) -> None:
    assert refusal(shared, request(signature="nope", x=X)) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        'Serving signature key "nope" not found.',
    )
    message = request(x=X)
    message.model_spec.version_label = "stable"
    assert refusal(shared, message) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "Unrecognized servable version label: stable",
    )


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({}, "input size does not match signature: 0!=1 len({}) != len({x})."),
        ({"x": X, "z": X}, "Sent extra: {z}. Missing but required: {}."),
        ({"z": X}, "not found in request and no default value provided"),
        ({"x": X.astype(np.float64)}, "Expects arg[0] to be float but double is provided"),
        ({"x": X[0]}, "input x has shape [2]"),
        ({"x": np.ones((2, 3), np.float32)}, "input x has shape [2, 3]"),
        ({"x": np.ones((3, 2), np.float32)}, "Matrix size-incompatible"),
    ],
    ids=["missing", "extra", "wrong-name", "dtype", "rank", "size", "inside-the-graph"],
)
def test_inputs_that_do_not_fit_are_invalid(
    shared: Running, inputs: dict[str, Any], expected: str
) -> None:
    code, text = refusal(shared, request(**inputs))
    assert grpc.StatusCode.INVALID_ARGUMENT is code
    assert expected in text


def test_unparsable_tensor_and_missing_spec(shared: Running) -> None:
    message = request(x=X)
    message.inputs["x"].tensor_content = b"abc"
    code, text = refusal(shared, message)
    assert grpc.StatusCode.INVALID_ARGUMENT is code
    assert text.startswith("tensor parsing error: x")
    assert refusal(shared, predict_pb2.PredictRequest()) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "Missing ModelSpec",
    )
    assert refusal(shared, request("", x=X)) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "ModelSpec has no name specified.",
    )


def test_signatures_that_are_not_for_prediction_are_refused(shared: Running) -> None:
    code, text = refusal(shared, request(signature="__saved_model_init_op", x=X))
    assert grpc.StatusCode.INTERNAL is code
    assert text.startswith("Expected prediction signature method_name to be one of")


def test_messages_of_any_size(shared_content: Running) -> None:
    luma = np.full((20, 720, 1280, 1), 7, np.uint8)  # 18 MB
    chroma = np.zeros((20, 360, 640, 2), np.uint8)
    reply = shared_content.prediction.Predict(
        request(
            signature="enhance",
            luma=luma,
            chroma=chroma,
            yuv_to_rgb=np.eye(3, 4, dtype=np.float32),
            strength=np.float32(3.0),
            look=np.zeros((20, 2), np.float32),
        )
    )
    assert (luma + 3).tobytes() == reply.outputs["luma"].tensor_content


def test_metadata(shared: Running) -> None:
    message = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
    message.model_spec.name = "tiny"
    reply = shared.prediction.GetModelMetadata(message)
    assert reply.model_spec.version.value == 1
    signatures = get_model_metadata_pb2.SignatureDefMap()
    assert reply.metadata["signature_def"].Unpack(signatures)
    assert {"enhance", "look", "serving_default", "slow", "__saved_model_init_op"} == set(
        signatures.signature_def
    )
    luma = signatures.signature_def["enhance"].inputs["luma"]
    assert luma.dtype == types_pb2.DT_UINT8
    assert [dim.size for dim in luma.tensor_shape.dim] == [-1, -1, -1, 1]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([], "GetModelMetadataRequest must specify at least one metadata_field"),
        (["weights"], "Metadata field weights is not supported"),
    ],
)
def test_metadata_refusals(shared: Running, fields: list[str], expected: str) -> None:
    message = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=fields)
    message.model_spec.name = "tiny"
    with pytest.raises(grpc.RpcError) as caught:
        shared.prediction.GetModelMetadata(message)
    assert (grpc.StatusCode.INVALID_ARGUMENT, expected) == (
        caught.value.code(),
        caught.value.details(),
    )


@pytest.mark.parametrize(
    ("method", "message"),
    [
        ("Classify", classification_pb2.ClassificationRequest()),
        ("Regress", regression_pb2.RegressionRequest()),
        ("MultiInference", inference_pb2.MultiInferenceRequest()),
    ],
)
def test_the_other_methods_are_unimplemented(shared: Running, method: str, message: Any) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        getattr(shared.prediction, method)(message)
    assert grpc.StatusCode.UNIMPLEMENTED is caught.value.code()


def test_health(shared: Running) -> None:
    stub = health_pb2_grpc.HealthStub(shared.channel)
    for service in ("", "tensorflow.serving.PredictionService"):
        reply = stub.Check(health_pb2.HealthCheckRequest(service=service))
        assert reply.status == health_pb2.HealthCheckResponse.SERVING
