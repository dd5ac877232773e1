"""Our serving messages and the official ones are the same bytes, both ways.

Each request is sent twice to a bare gRPC server that keeps the bytes it received, once through
our stub and once through the official one. Each reply is sent as the official messages serialise
it, read by our stub, and must serialise back to the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import numpy as np
import pytest
from google.protobuf.message import Message
from tensorflow.core.framework import tensor_pb2, types_pb2
from tensorflow.core.protobuf import meta_graph_pb2
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from nhance_enhance.tensors import fill, from_proto
from nhance_proto import serving as ours

PREDICT = "/tensorflow.serving.PredictionService/Predict"
METADATA = "/tensorflow.serving.PredictionService/GetModelMetadata"
STATUS = "/tensorflow.serving.ModelService/GetModelStatus"

VALUES: dict[str, tuple[int, list[Any]]] = {
    "float_val": (types_pb2.DT_FLOAT, [1.5, -2.0]),
    "double_val": (types_pb2.DT_DOUBLE, [1.5, 1e300]),
    "int_val": (types_pb2.DT_UINT8, [0, 255]),
    "string_val": (types_pb2.DT_STRING, [b"a\0b", b""]),
    "int64_val": (types_pb2.DT_INT64, [-(2**62), 1]),
    "bool_val": (types_pb2.DT_BOOL, [True, False]),
    "half_val": (types_pb2.DT_HALF, [0x3C00, 0xBC00]),
    "uint32_val": (types_pb2.DT_UINT32, [2**32 - 1, 0]),
    "uint64_val": (types_pb2.DT_UINT64, [2**64 - 1, 0]),
}


class Wire(grpc.GenericRpcHandler):
    """Keeps each request's bytes; answers every method with ``reply``."""

    def __init__(self) -> None:
        self.received: list[tuple[str, bytes]] = []
        self.reply = b""
        self._server = grpc.server(ThreadPoolExecutor(1), handlers=[self])
        port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self.ours = ours.PredictionServiceStub(self.channel)
        self.our_models = ours.ModelServiceStub(self.channel)
        self.official = prediction_service_pb2_grpc.PredictionServiceStub(self.channel)
        self.official_models = model_service_pb2_grpc.ModelServiceStub(self.channel)

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler[bytes, bytes]:
        def handle(request: bytes, context: grpc.ServicerContext) -> bytes:
            self.received.append((handler_call_details.method, request))
            return self.reply

        return grpc.unary_unary_rpc_method_handler(handle)

    def close(self) -> None:
        self.channel.close()
        self._server.stop(0).wait()


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire()
    yield wire
    wire.close()


def in_order(message: Message) -> bytes:
    return message.SerializeToString(deterministic=True)


def fill_predict(request: Any, tensor: Any) -> Any:
    """One input only: gRPC's stubs do not order the entries of a map."""
    request.model_spec.name = "look"
    request.model_spec.version.value = 2**40
    request.model_spec.signature_name = "enhance"
    request.output_filter.extend(["luma", "chroma"])
    request.inputs["luma"].CopyFrom(tensor)
    return request


def same_on_the_wire(wire: Wire, method: str) -> bytes:
    (our_method, our_bytes), (official_method, official_bytes) = wire.received
    assert (method, method) == (our_method, official_method)
    assert official_bytes == our_bytes
    return our_bytes


def fill_values(proto: Any, name: str) -> Any:
    dtype, values = VALUES[name]
    proto.dtype = dtype
    proto.tensor_shape.dim.add(size=2, name="n")
    getattr(proto, name).extend(values)
    return proto


@pytest.mark.parametrize("name", VALUES)
def test_predict_request_with_value_fields(wire: Wire, name: str) -> None:
    wire.ours.Predict(fill_predict(ours.PredictRequest(), fill_values(ours.TensorProto(), name)))
    wire.official.Predict(
        fill_predict(predict_pb2.PredictRequest(), fill_values(tensor_pb2.TensorProto(), name))
    )
    assert same_on_the_wire(wire, PREDICT)


@pytest.mark.parametrize("dtype", ["u1", "f4", "i8", "f2", "?"])
def test_predict_request_with_tensor_content(wire: Wire, dtype: str) -> None:
    array = np.arange(24).reshape(2, 3, 4, 1).astype(dtype)
    tensor = ours.TensorProto()
    fill(tensor, array)
    official = tensor_pb2.TensorProto(dtype=tensor.dtype, tensor_content=array.tobytes())
    for size in array.shape:
        official.tensor_shape.dim.add(size=size)
    wire.ours.Predict(fill_predict(ours.PredictRequest(), tensor))
    wire.official.Predict(fill_predict(predict_pb2.PredictRequest(), official))
    assert same_on_the_wire(wire, PREDICT)


def test_predict_request_with_a_label_and_many_inputs() -> None:
    messages: list[Any] = [ours.PredictRequest(), predict_pb2.PredictRequest()]
    for message in messages:
        message.model_spec.name = "look"
        message.model_spec.version_label = "stable"
        for name in VALUES:
            fill_values(message.inputs[name], name)
        message.inputs["scalar"].tensor_shape.SetInParent()
        message.inputs["unknown"].tensor_shape.unknown_rank = True
    assert in_order(messages[1]) == in_order(messages[0])


@pytest.mark.parametrize("name", VALUES)
def test_predict_reply(wire: Wire, name: str) -> None:
    reply = predict_pb2.PredictResponse()
    reply.model_spec.name = "look"
    reply.model_spec.version.value = 3
    reply.model_spec.signature_name = "enhance"
    fill_values(reply.outputs["values"], name)
    content = reply.outputs["content"]
    content.dtype, content.tensor_content = types_pb2.DT_UINT8, bytes(range(6))
    content.tensor_shape.dim.add(size=2)
    content.tensor_shape.dim.add(size=3)
    wire.reply = reply.SerializeToString()
    read = wire.ours.Predict(ours.PredictRequest())
    assert in_order(reply) == in_order(read)
    assert from_proto(read.outputs["content"]).tolist() == [[0, 1, 2], [3, 4, 5]]


def test_metadata_request(wire: Wire) -> None:
    messages: list[Any] = [
        ours.GetModelMetadataRequest(),
        get_model_metadata_pb2.GetModelMetadataRequest(),
    ]
    for message in messages:
        message.model_spec.name = "look"
        message.model_spec.version.value = 1
        message.metadata_field.append("signature_def")
    wire.ours.GetModelMetadata(messages[0])
    wire.official.GetModelMetadata(messages[1])
    assert same_on_the_wire(wire, METADATA)


def test_metadata_reply(wire: Wire) -> None:
    signature = meta_graph_pb2.SignatureDef(method_name="tensorflow/serving/predict")
    for tensors in (signature.inputs, signature.outputs):
        tensors["luma"].name = "luma:0"
        tensors["luma"].dtype = types_pb2.DT_UINT8
        tensors["luma"].tensor_shape.dim.add(size=-1)
        tensors["any"].tensor_shape.unknown_rank = True
    fill_values(signature.defaults["strength"], "float_val")
    signatures = get_model_metadata_pb2.SignatureDefMap(signature_def={"enhance": signature})
    reply = get_model_metadata_pb2.GetModelMetadataResponse()
    reply.model_spec.version.value = 4
    reply.metadata["signature_def"].Pack(signatures)
    wire.reply = reply.SerializeToString()
    read = wire.ours.GetModelMetadata(ours.GetModelMetadataRequest())
    assert in_order(reply) == in_order(read)
    packed = read.metadata["signature_def"]
    assert packed.type_url == "type.googleapis.com/tensorflow.serving.SignatureDefMap"
    assert in_order(signatures) == in_order(ours.SignatureDefMap.FromString(packed.value))


def test_status_request(wire: Wire) -> None:
    messages: list[Any] = [
        ours.GetModelStatusRequest(),
        get_model_status_pb2.GetModelStatusRequest(),
    ]
    for message in messages:
        message.model_spec.name = "look"
    wire.our_models.GetModelStatus(messages[0])
    wire.official_models.GetModelStatus(messages[1])
    assert same_on_the_wire(wire, STATUS)


def test_status_reply(wire: Wire) -> None:
    reply = get_model_status_pb2.GetModelStatusResponse()
    for version, (state, code) in enumerate([(0, 0), (10, 0), (30, 5), (40, 16), (50, 2)]):
        status = reply.model_version_status.add(version=version, state=state)
        status.status.error_code = code
        status.status.error_message = "why"
    wire.reply = reply.SerializeToString()
    assert in_order(reply) == in_order(wire.our_models.GetModelStatus(ours.GetModelStatusRequest()))
