"""What the gateway alone needs to know."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Self

from pydantic import DirectoryPath, Field, model_validator

from nhance_kit.objects import PART_BYTES
from nhance_kit.settings import Settings

MAX_PARTS = 10_000  # of one upload, S3's limit


class GatewaySettings(Settings):
    """The shared settings, and how uploads are taken in.

    The gateway knows no keys yet, so it refuses to listen where strangers could reach it unless
    ``allow_public`` says that something in front of it keeps them out.
    """

    servables_dir: DirectoryPath = Field(description="holds NAME/VERSION/ of every model")
    allow_public: bool = Field(False, description="listen on an address that others can reach")

    max_upload_bytes: int = Field(20 << 30, gt=0, le=MAX_PARTS * PART_BYTES)
    upload_idle_s: float = Field(30.0, gt=0, description="longest silence within an upload")
    upload_min_bytes_per_s: int = Field(
        4096, ge=0, description="slowest upload, on average, after the first upload_idle_s"
    )
    ingest_wait_s: float = Field(
        20.0, ge=0, description="how long POST /v1/jobs waits to hear whether the video is one"
    )

    @model_validator(mode="after")
    def _stay_private(self) -> Self:
        if not (self.allow_public or is_loopback(self.host)):
            raise ValueError(
                f"the gateway has no access control and would listen on {self.host}; "
                "use 127.0.0.1, or set NHANCE_ALLOW_PUBLIC=true where a proxy guards it"
            )
        return self


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches ``host``; names but localhost count as public."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
