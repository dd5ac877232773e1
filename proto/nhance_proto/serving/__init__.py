"""The few messages of TensorFlow Serving that a client needs, and thin stubs to send them.

The official package brings all of TensorFlow with it; these bring protobuf and gRPC. The bytes on
the wire are the same (see ``tests/contract/test_serving_wire.py``).
"""

from __future__ import annotations

import grpc

from nhance_proto.serving.metadata_pb2 import (
    GetModelMetadataRequest,
    GetModelMetadataResponse,
    SignatureDef,
    SignatureDefMap,
    TensorInfo,
)
from nhance_proto.serving.model_pb2 import ModelSpec
from nhance_proto.serving.predict_pb2 import PredictRequest, PredictResponse
from nhance_proto.serving.status_pb2 import (
    GetModelStatusRequest,
    GetModelStatusResponse,
    ModelVersionStatus,
    StatusProto,
)
from nhance_proto.serving.tensor_pb2 import DataType, TensorProto, TensorShapeProto

__all__ = [
    "DataType",
    "GetModelMetadataRequest",
    "GetModelMetadataResponse",
    "GetModelStatusRequest",
    "GetModelStatusResponse",
    "ModelServiceStub",
    "ModelSpec",
    "ModelVersionStatus",
    "PredictRequest",
    "PredictResponse",
    "PredictionServiceStub",
    "SignatureDef",
    "SignatureDefMap",
    "StatusProto",
    "TensorInfo",
    "TensorProto",
    "TensorShapeProto",
]


class PredictionServiceStub:
    """``tensorflow.serving.PredictionService``: the two methods that a client calls."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.Predict: grpc.UnaryUnaryMultiCallable[PredictRequest, PredictResponse] = (
            channel.unary_unary(
                "/tensorflow.serving.PredictionService/Predict",
                request_serializer=PredictRequest.SerializeToString,
                response_deserializer=PredictResponse.FromString,
            )
        )
        self.GetModelMetadata: grpc.UnaryUnaryMultiCallable[
            GetModelMetadataRequest, GetModelMetadataResponse
        ] = channel.unary_unary(
            "/tensorflow.serving.PredictionService/GetModelMetadata",
            request_serializer=GetModelMetadataRequest.SerializeToString,
            response_deserializer=GetModelMetadataResponse.FromString,
        )


class ModelServiceStub:
    """``tensorflow.serving.ModelService``: the state of each version of a model."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.GetModelStatus: grpc.UnaryUnaryMultiCallable[
            GetModelStatusRequest, GetModelStatusResponse
        ] = channel.unary_unary(
            "/tensorflow.serving.ModelService/GetModelStatus",
            request_serializer=GetModelStatusRequest.SerializeToString,
            response_deserializer=GetModelStatusResponse.FromString,
        )
