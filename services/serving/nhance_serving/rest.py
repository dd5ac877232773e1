"""The status half of TensorFlow Serving's REST API, and the probes.

``GET /v1/models/NAME[/versions/N | /labels/LABEL][/metadata]``, ``/livez``, ``/readyz``.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from tensorflow_serving.apis import get_model_metadata_pb2, get_model_status_pb2, model_pb2

from nhance_serving.errors import ServingError
from nhance_serving.model_service import model_status
from nhance_serving.prediction_service import SIGNATURE_DEF, model_metadata
from nhance_serving.registry import Registry
from nhance_serving.repository import Repository


def create_app(repository: Repository) -> FastAPI:
    """The application; errors are ``{"error": message}``, as the real server writes them."""
    app = FastAPI(title="nhance model server", openapi_url=None)

    @app.exception_handler(ServingError)
    def failed(request: Request, error: ServingError) -> JSONResponse:
        return JSONResponse({"error": error.message}, error.http_status)

    @app.get("/livez")
    def livez() -> Response:
        return PlainTextResponse("ok")

    @app.get("/readyz")
    def readyz() -> Response:
        if repository.settled:
            return PlainTextResponse("ok")
        return PlainTextResponse("loading models", 503)

    @app.get("/v1/models/{name}")
    def status_of_model(name: str) -> dict[str, Any]:
        return _status(repository.registry, model_pb2.ModelSpec(name=name))

    @app.get("/v1/models/{name}/versions/{version:int}")
    def status_of_version(name: str, version: int) -> dict[str, Any]:
        return _status(repository.registry, _versioned(name, version))

    @app.get("/v1/models/{name}/labels/{label}")
    def status_of_label(name: str, label: str) -> dict[str, Any]:
        return _status(repository.registry, model_pb2.ModelSpec(name=name, version_label=label))

    @app.get("/v1/models/{name}/metadata")
    def metadata_of_model(name: str) -> dict[str, Any]:
        return _metadata(repository.registry, model_pb2.ModelSpec(name=name))

    @app.get("/v1/models/{name}/versions/{version:int}/metadata")
    def metadata_of_version(name: str, version: int) -> dict[str, Any]:
        return _metadata(repository.registry, _versioned(name, version))

    @app.get("/v1/models/{name}/labels/{label}/metadata")
    def metadata_of_label(name: str, label: str) -> dict[str, Any]:
        return _metadata(repository.registry, model_pb2.ModelSpec(name=name, version_label=label))

    return app


def _versioned(name: str, version: int) -> model_pb2.ModelSpec:
    spec = model_pb2.ModelSpec(name=name)
    spec.version.value = version
    return spec


def _status(registry: Registry, spec: model_pb2.ModelSpec) -> dict[str, Any]:
    request = get_model_status_pb2.GetModelStatusRequest(model_spec=spec)
    return _as_json(model_status(registry, request))


def _metadata(registry: Registry, spec: model_pb2.ModelSpec) -> dict[str, Any]:
    request = get_model_metadata_pb2.GetModelMetadataRequest(
        model_spec=spec, metadata_field=[SIGNATURE_DEF]
    )
    response = model_metadata(registry, request)
    signatures = get_model_metadata_pb2.SignatureDefMap()
    response.metadata[SIGNATURE_DEF].Unpack(signatures)
    return {
        "model_spec": _as_json(response.model_spec),
        "metadata": {SIGNATURE_DEF: _as_json(signatures)},
    }


def _as_json(message: Message) -> dict[str, Any]:
    return MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
