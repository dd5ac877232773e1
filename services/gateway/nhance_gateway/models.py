"""The route that tells which models there are."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter

from nhance_gateway.deps import AppParts
from nhance_gateway.openapi import problem_responses
from nhance_gateway.schemas import ModelBody, ModelList
from nhance_gateway.servables import servables
from nhance_kit.jobs import JobOptions

router = APIRouter(prefix="/v1/models", tags=["models"])


@router.get("", summary="List models", responses=problem_responses())
async def list_models(app: AppParts) -> ModelList:
    """The models that videos can be enhanced with."""
    default = JobOptions.model_fields["model"].default
    found = await asyncio.to_thread(servables, app.settings.servables_dir)
    return ModelList(
        models=[
            ModelBody(
                name=servable.name,
                versions=list(servable.versions),
                labels=servable.labels,
                canary_share=servable.canary_share,
                input=servable.about.input,
                speed=servable.about.speed,
                default=servable.name == default,
            )
            for servable in found
        ]
    )
