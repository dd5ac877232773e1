"""gRPC ModelService: the states of versions, and a new configuration while running."""

from __future__ import annotations

from pathlib import Path

import grpc
from tensorflow_serving.apis import (
    get_model_status_pb2,
    model_management_pb2,
    model_pb2,
    model_service_pb2_grpc,
)
from tensorflow_serving.config import model_server_config_pb2

from nhance_serving.errors import answer, invalid_argument
from nhance_serving.plan import Every, Latest, ModelConfig, Policy, Specific
from nhance_serving.registry import Registry
from nhance_serving.repository import Repository

PLATFORM = "tensorflow"


class ModelService(model_service_pb2_grpc.ModelServiceServicer):  # type: ignore[misc]
    """Answers from a Repository."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def GetModelStatus(  # noqa: N802
        self, request: get_model_status_pb2.GetModelStatusRequest, context: grpc.ServicerContext
    ) -> get_model_status_pb2.GetModelStatusResponse:
        return answer(context, lambda: model_status(self._repository.registry, request))

    def HandleReloadConfigRequest(  # noqa: N802
        self, request: model_management_pb2.ReloadConfigRequest, context: grpc.ServicerContext
    ) -> model_management_pb2.ReloadConfigResponse:
        return answer(context, lambda: self._reload(request))

    def _reload(
        self, request: model_management_pb2.ReloadConfigRequest
    ) -> model_management_pb2.ReloadConfigResponse:
        self._repository.reconfigure(parse_config(request.config))
        response = model_management_pb2.ReloadConfigResponse()
        response.status.error_code = 0
        return response


def version_choice(spec: model_pb2.ModelSpec) -> tuple[int | None, str | None]:
    """The version number or the version label that ``spec`` asks for, if any."""
    choice = spec.WhichOneof("version_choice")
    return (
        spec.version.value if choice == "version" else None,
        spec.version_label if choice == "version_label" else None,
    )


def model_status(
    registry: Registry, request: get_model_status_pb2.GetModelStatusRequest
) -> get_model_status_pb2.GetModelStatusResponse:
    """The states of a model's versions. Raises ServingError as ``Registry.statuses`` does."""
    if not request.HasField("model_spec"):
        raise invalid_argument("Missing ModelSpec")
    version, label = version_choice(request.model_spec)
    response = get_model_status_pb2.GetModelStatusResponse()
    for known in registry.statuses(request.model_spec.name, version, label):
        status = response.model_version_status.add(version=known.version, state=known.state)
        status.status.error_code = known.error.number if known.error else 0
        status.status.error_message = known.error.message if known.error else ""
    return response


def parse_config(
    config: model_server_config_pb2.ModelServerConfig,
) -> dict[str, ModelConfig]:
    """The models of a configuration, by name.

    Raises ServingError INVALID_ARGUMENT, as tensorflow_serving/model_servers/server_core.cc does.
    """
    if config.WhichOneof("config") != "model_config_list":
        raise invalid_argument(
            "ServerModelConfig type not supported by HandleReloadConfigRequest. "
            "Only ModelConfigList is currently supported"
        )
    configs: dict[str, ModelConfig] = {}
    for model in config.model_config_list.config:
        if model.name in configs:
            raise invalid_argument(
                f"Illegal to list model {model.name} multiple times in config list"
            )
        _check_platform(model)
        if not Path(model.base_path).is_absolute():
            raise invalid_argument(
                f"Expected model {model.name} to have an absolute path or URI; "
                f"got base_path()={model.base_path}"
            )
        configs[model.name] = ModelConfig(
            model.name, Path(model.base_path), _policy(model), dict(model.version_labels)
        )
    return configs


def _check_platform(model: model_server_config_pb2.ModelConfig) -> None:
    typed = model.model_type == model_server_config_pb2.TENSORFLOW
    if typed and model.model_platform:
        raise invalid_argument("Illegal setting both model_type(deprecated) and model_platform.")
    if not typed and not model.model_platform:
        raise invalid_argument("Illegal setting neither model_type(deprecated) nor model_platform.")
    if not typed and model.model_platform != PLATFORM:
        raise invalid_argument(
            f"Model {model.name} requests unsupported platform {model.model_platform}"
        )


def _policy(model: model_server_config_pb2.ModelConfig) -> Policy:
    policy = model.model_version_policy
    match policy.WhichOneof("policy_choice"):
        case "all":
            return Every()
        case "specific":
            return Specific(frozenset(policy.specific.versions))
        case _:
            return Latest(max(policy.latest.num_versions, 1))
