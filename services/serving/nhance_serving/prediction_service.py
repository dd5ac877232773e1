"""gRPC PredictionService: Predict and GetModelMetadata."""

from __future__ import annotations

from contextlib import AbstractContextManager

import grpc
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    inference_pb2,
    model_pb2,
    predict_pb2,
    prediction_service_pb2_grpc,
    regression_pb2,
)

from nhance_serving.errors import answer, invalid_argument, unimplemented
from nhance_serving.inference import run_predict
from nhance_serving.model_service import version_choice
from nhance_serving.registry import Registry
from nhance_serving.servable import Servable

SIGNATURE_DEF = "signature_def"


class PredictionService(prediction_service_pb2_grpc.PredictionServiceServicer):  # type: ignore[misc]
    """Answers from a Registry; ``tensor_content`` is how outputs are written."""

    def __init__(self, registry: Registry, tensor_content: bool) -> None:
        self._registry = registry
        self._tensor_content = tensor_content

    def Predict(  # noqa: N802
        self, request: predict_pb2.PredictRequest, context: grpc.ServicerContext
    ) -> predict_pb2.PredictResponse:
        return answer(context, lambda: self._predict(request))

    def GetModelMetadata(  # noqa: N802
        self,
        request: get_model_metadata_pb2.GetModelMetadataRequest,
        context: grpc.ServicerContext,
    ) -> get_model_metadata_pb2.GetModelMetadataResponse:
        return answer(context, lambda: model_metadata(self._registry, request))

    def Classify(  # noqa: N802
        self, request: classification_pb2.ClassificationRequest, context: grpc.ServicerContext
    ) -> classification_pb2.ClassificationResponse:
        unimplemented(context, "Classify")

    def Regress(  # noqa: N802
        self, request: regression_pb2.RegressionRequest, context: grpc.ServicerContext
    ) -> regression_pb2.RegressionResponse:
        unimplemented(context, "Regress")

    def MultiInference(  # noqa: N802
        self, request: inference_pb2.MultiInferenceRequest, context: grpc.ServicerContext
    ) -> inference_pb2.MultiInferenceResponse:
        unimplemented(context, "MultiInference")

    def _predict(self, request: predict_pb2.PredictRequest) -> predict_pb2.PredictResponse:
        if not request.HasField("model_spec"):
            raise invalid_argument("Missing ModelSpec")
        with _borrowed(self._registry, request.model_spec) as servable:
            return run_predict(servable, request, self._tensor_content)


def model_metadata(
    registry: Registry, request: get_model_metadata_pb2.GetModelMetadataRequest
) -> get_model_metadata_pb2.GetModelMetadataResponse:
    """The signatures of a model's version.

    Raises ServingError: INVALID_ARGUMENT if no field or another field is asked for, NOT_FOUND if
    the version is not being served.
    """
    if not request.HasField("model_spec"):
        raise invalid_argument("Missing ModelSpec")
    if not request.metadata_field:
        raise invalid_argument("GetModelMetadataRequest must specify at least one metadata_field")
    for metadata_field in request.metadata_field:
        if metadata_field != SIGNATURE_DEF:
            raise invalid_argument(f"Metadata field {metadata_field} is not supported")
    signatures = get_model_metadata_pb2.SignatureDefMap()
    response = get_model_metadata_pb2.GetModelMetadataResponse()
    with _borrowed(registry, request.model_spec) as servable:
        for name, signature in servable.signatures.items():
            signatures.signature_def[name].CopyFrom(signature)
        response.model_spec.name = servable.name
        response.model_spec.version.value = servable.version
    response.metadata[SIGNATURE_DEF].Pack(signatures)
    return response


def _borrowed(registry: Registry, spec: model_pb2.ModelSpec) -> AbstractContextManager[Servable]:
    if not spec.name:
        raise invalid_argument("ModelSpec has no name specified.")
    version, label = version_choice(spec)
    return registry.borrow(spec.name, version, label)
