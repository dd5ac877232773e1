"""The public API: its routes and the document that describes them, with nothing behind them yet.

``python -m nhance_gateway.api`` prints the document, from which the clients are generated.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from importlib.metadata import version

from fastapi import Depends, FastAPI

from nhance_gateway import (
    deps,
    events,
    jobs,
    models,
    problem_pages,
    results,
    sessions,
    tus,
    uploads,
    webhooks,
)
from nhance_gateway.openapi import add_openapi
from nhance_gateway.problems import add_problem_handlers

DESCRIPTION = """Post a video from a phone; get it back as if a better camera had filmed it.

Every error is `application/problem+json` (RFC 9457), with a stable `code`."""


def create_api(
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None,
) -> FastAPI:
    """The routes; they serve requests once ``state.parts`` holds the app's ``Parts``."""
    api = FastAPI(
        title="nhance",
        version=version("nhance-gateway"),
        description=DESCRIPTION,
        lifespan=lifespan,
        webhooks=webhooks.documented,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    for router in (
        jobs.router,
        events.router,
        uploads.router,
        tus.router,
        results.router,
        models.router,
        webhooks.router,
    ):
        api.include_router(router, dependencies=[Depends(deps.within_quota)])
    api.include_router(sessions.router)
    api.include_router(problem_pages.router)
    add_problem_handlers(api)
    add_openapi(api)
    return api


def document() -> str:
    """The OpenAPI document as text, the same for the same code."""
    return json.dumps(create_api().openapi(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
