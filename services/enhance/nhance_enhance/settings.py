"""The enhance worker's settings."""

from __future__ import annotations

from pydantic import Field

from nhance_kit.queue import Cost
from nhance_kit.settings import Settings


class EnhanceSettings(Settings):
    """Where the model server is, and what is left to it."""

    serving_address: str = Field(description="unix:/path or host:port of TensorFlow Serving")
    enhance_costs: frozenset[Cost] = Field(
        frozenset(Cost),
        min_length=1,
        description="which batches to take",
    )
    batches_at_once: int = Field(
        2, ge=1, le=8, description="more than one, and the model need not wait between batches"
    )
    model_deadline_s: float = Field(600.0, gt=0, description="the longest that one call may take")
