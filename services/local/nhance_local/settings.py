"""The settings of the local stack, read once from the environment (prefix ``NHANCE_``)."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

HOST = "127.0.0.1"
CHECKOUT = Path(__file__).resolve().parents[3]


class LocalSettings(BaseSettings):
    """Where the data is, and which parts already run elsewhere.

    An embedded part is not started where the address of an existing one is set.
    """

    model_config = SettingsConfigDict(env_prefix="NHANCE_", env_ignore_empty=True, extra="ignore")

    data: Path = Field(Path(".nhance"), description="everything that the stack keeps")
    port: int = Field(8000, ge=1, le=65535, description="the gateway's")
    url: str | None = Field(None, description="a gateway that is already up, for the commands")
    key: SecretStr | None = Field(None, description="an API key, where that gateway needs one")
    enhance_workers: int = Field(1, ge=1, le=64)
    servables_dir: Path = Field(
        CHECKOUT / "models" / "servables", description="holds NAME/VERSION/ of every model"
    )

    database_url: str | None = None
    s3_endpoint: str | None = None
    s3_bucket: str = "nhance"
    s3_access_key_id: str | None = None
    s3_secret_access_key: SecretStr | None = None
    serving_address: str | None = None
    serving_intra_op_threads: int | None = Field(
        None, ge=0, description="threads of one operation of a model, 0: all cores; else it depends"
    )

    heartbeat_s: float = Field(1.0, gt=0, description="short: a killed worker is missed soon")
    stalled_s: float = Field(
        15.0, gt=0, description="more than a worker in 4K on a busy machine is silent: five seconds"
    )
    shutdown_grace_s: float = Field(1.0, ge=0, description="a task's time to finish on Ctrl-C")

    @property
    def data_dir(self) -> Path:
        """The data directory, absolute."""
        return self.data.expanduser().absolute()

    @property
    def logs_dir(self) -> Path:
        return self.data_dir / "logs"
