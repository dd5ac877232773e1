"""Who gets which version of a model: what ``labels.json`` may say, and the jobs of a share."""

from __future__ import annotations

import hashlib
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from nhance_kit.jobs import ModelLabel


class Labels(BaseModel):
    """The content of ``labels.json``.

    ``canary_share``, 0 to 1, is the share of jobs that get the canary without asking.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    stable: int | None = None
    canary: int | None = None
    canary_share: float = Field(0.0, ge=0.0, le=1.0)

    @model_validator(mode="after")
    def _of_two(self) -> Self:
        # Without a stable one the other jobs would get the newest, which a canary mostly is.
        if self.canary_share > 0 and None in (self.stable, self.canary):
            raise ValueError("canary_share needs stable and canary: name both, or make it 0")
        return self

    def versions(self) -> dict[ModelLabel, int]:
        named = {ModelLabel.STABLE: self.stable, ModelLabel.CANARY: self.canary}
        return {label: version for label, version in named.items() if version is not None}


def in_share(job_id: str, share: float) -> bool:
    """Whether a job is one of the ``share``, 0 to 1, of all jobs: always the same for one id.

    The hash is spread evenly whatever ids begin with, and a job stays in a share that grows.
    """
    digest = hashlib.sha256(job_id.encode()).digest()
    return int.from_bytes(digest[:8]) < share * 2**64
