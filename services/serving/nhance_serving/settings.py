"""The settings of the model server, read once from the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServingSettings(BaseSettings):
    """Prefix ``NHANCE_SERVING_``; where the real server has the same thing, its flag is named.

    There is no authentication, as on the real server, and whoever can reach the gRPC address can
    have any SavedModel loaded that this process can read: keep it on loopback or a unix socket.
    """

    model_config = SettingsConfigDict(env_prefix="NHANCE_SERVING_", extra="ignore")

    model_base_path: Path = Field(description="holds NAME/VERSION/saved_model.pb")
    grpc_address: str = Field(
        default="127.0.0.1:8500", description="host:port or unix:/path (--port, --grpc_socket_path)"
    )
    rest_host: str = "127.0.0.1"
    rest_port: int = Field(default=8501, ge=0, le=65535, description="--rest_api_port")
    tensor_content: bool = Field(
        default=False,
        description="replies carry tensor_content (--enable_serialization_as_tensor_content)",
    )
    poll_s: float = Field(default=1.0, gt=0, description="--file_system_poll_wait_seconds")
    max_concurrent_calls: int = Field(default=16, ge=1)
    intra_op_threads: int = Field(
        default=0,
        ge=0,
        description="threads inside one operation, 0: all cores "
        "(--tensorflow_intra_op_parallelism)",
    )
    inter_op_threads: int = Field(
        default=0,
        ge=0,
        description="operations at once, 0: all cores (--tensorflow_inter_op_parallelism)",
    )
    warm_up_s: float = Field(
        default=20.0,
        ge=0,
        description="how long a version's warm-up requests may take in all: on a processor those "
        "of a heavy model take minutes, which the real server would wait",
    )
    grace_s: float = Field(default=1.0, ge=0, description="time for calls under way on SIGTERM")
    log_format: Literal["json", "console"] = Field(
        default="json",
        validation_alias=AliasChoices("NHANCE_SERVING_LOG_FORMAT", "NHANCE_LOG_FORMAT"),
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info",
        validation_alias=AliasChoices("NHANCE_SERVING_LOG_LEVEL", "NHANCE_LOG_LEVEL"),
    )
