"""The settings that every service reads, once, from the environment (prefix ``NHANCE_``)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where the shared parts are and how patient to be with them.

    The addresses and keys have no default on purpose: a service that was not told where its
    database is must not start.
    """

    model_config = SettingsConfigDict(env_prefix="NHANCE_", extra="ignore")

    database_url: str = Field(pattern=r"^postgres(ql)?://", description="a libpq URL; sockets too")
    s3_endpoint: str | None = Field(None, description="none: the AWS endpoint of the region")
    s3_public_endpoint: str | None = Field(
        None, description="in presigned URLs, where clients reach S3 by another address"
    )
    s3_region: str = "us-east-1"
    s3_bucket: str = "nhance"
    s3_access_key_id: str | None = Field(None, description="none: boto3's own chain decides")
    s3_secret_access_key: SecretStr | None = None

    upload_keep_s: float = Field(
        86_400.0, gt=0, description="how long an upload may pause, and be used once complete"
    )

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)

    heartbeat_s: float = Field(10.0, gt=0, description="how often a worker says it lives")
    stalled_s: float = Field(30.0, gt=0, description="silence after which its tasks are taken over")
    shutdown_grace_s: float = Field(10.0, ge=0, description="a task's time to finish on SIGTERM")

    webhook_allow_loopback: bool = Field(
        False, description="tell of jobs at http://127.0.0.1 as well: for the local stack"
    )

    scratch_dir: Path | None = Field(None, description="none: the system's temporary directory")

    otlp_endpoint: str | None = Field(
        None,
        pattern=r"^https?://",
        description="takes traces by OTLP over HTTP, at /v1/traces; none: there are no traces",
    )

    log_format: Literal["json", "console"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
