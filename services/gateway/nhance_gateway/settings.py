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

    Without keys it refuses to listen where strangers could reach it, unless ``allow_public`` says
    that something in front of it keeps them out.
    """

    servables_dir: DirectoryPath = Field(description="holds NAME/VERSION/ of every model")
    require_keys: bool = Field(False, description="nobody gets in without a key or a token")
    allow_public: bool = Field(
        False, description="listen where others can reach it, without keys: a proxy guards it"
    )
    trusted_proxies: str = Field(
        "127.0.0.1", description="whose X-Forwarded-For counts: addresses, networks, or *"
    )
    metrics_port: int | None = Field(
        None, ge=1, le=65535, description="a port for /metrics alone; with keys, its only one"
    )
    wrong_keys_per_minute: int = Field(20, gt=0, description="of one address, before it must wait")

    oidc_issuer: str | None = Field(
        None, pattern=r"^https://", description="an OpenID provider whose tokens count as keys"
    )
    oidc_audience: str | None = Field(None, description="whom its tokens must be meant for")
    oidc_tenant_claim: str = Field("tenant", description="which claim names the tenant")

    max_upload_bytes: int = Field(20 << 30, gt=0, le=MAX_PARTS * PART_BYTES)
    uploads_at_once: int = Field(
        256, gt=0, description="of all tenants; each takes 8 MiB of memory, and 24 at full speed"
    )
    upload_idle_s: float = Field(30.0, gt=0, description="longest silence within an upload")
    upload_min_bytes_per_s: int = Field(
        4096, ge=0, description="slowest upload, on average, after the first upload_idle_s"
    )
    upload_origins: tuple[str, ...] = Field(
        (),
        description="web pages that may PUT parts into S3: set on the bucket at the start; none "
        "leaves the bucket's own rules (CORS) as they are",
    )
    requests_per_minute: int = Field(
        6000, ge=0, description="of one tenant, at this gateway; 0: without limit"
    )
    ingest_wait_s: float = Field(
        20.0, ge=0, description="how long an answer waits to hear what ingest says of an upload"
    )

    @model_validator(mode="after")
    def _stay_private(self) -> Self:
        if not (self.require_keys or self.allow_public or is_loopback(self.host)):
            raise ValueError(
                f"the gateway would listen on {self.host} and let anybody in; use 127.0.0.1, or "
                "set NHANCE_REQUIRE_KEYS=true, or NHANCE_ALLOW_PUBLIC=true where a proxy guards it"
            )
        return self

    @model_validator(mode="after")
    def _tokens_for_us(self) -> Self:
        if (self.oidc_issuer is None) != (self.oidc_audience is None):
            raise ValueError(
                "set both NHANCE_OIDC_ISSUER and NHANCE_OIDC_AUDIENCE, or neither of them"
            )
        return self


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches ``host``; names but localhost count as public."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
