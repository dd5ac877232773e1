"""The gateway's app: everything is built here and passed down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import structlog
from fastapi import FastAPI

from nhance_gateway.access import Guard
from nhance_gateway.api import create_api
from nhance_gateway.counting import Counted
from nhance_gateway.deps import Parts
from nhance_gateway.docs import add_docs
from nhance_gateway.feed import Feed
from nhance_gateway.quota import Quota, QuotaHeaders
from nhance_gateway.security import SecurityHeaders
from nhance_gateway.settings import GatewaySettings
from nhance_gateway.tracing import Traced
from nhance_gateway.tus_headers import TusHeaders
from nhance_gateway.upload import Unsettled, all_settled
from nhance_gateway.web import add_page
from nhance_kit.api_keys import ApiKeys
from nhance_kit.changes import ChangeLog
from nhance_kit.idempotency import IdempotencyKeys
from nhance_kit.locks import Locks
from nhance_kit.objects import ObjectStore
from nhance_kit.queue import make_queue
from nhance_kit.queue_state import keep_counting
from nhance_kit.store import JobStore
from nhance_kit.worker import add_health_routes, add_metrics_route

log = structlog.get_logger()

UNDO_S = 5.0
STORE_THREADS = 32  # as many as ObjectStore keeps connections


def create_app(settings: GatewaySettings) -> FastAPI:
    """The public REST API. The stores are opened and closed by the app's lifespan."""
    store = JobStore(settings.database_url, make_queue())
    guard = Guard(settings, ApiKeys(store.database))
    changes = ChangeLog(store.database)
    locks = Locks(settings.database_url)
    parts = Parts(
        settings=settings,
        store=store,
        objects=ObjectStore(settings),
        guard=guard,
        changes=changes,
        feed=Feed(changes),
        idempotency=IdempotencyKeys(store.database),
        locks=locks,
        quota=Quota(settings.requests_per_minute),
        unsettled=Unsettled(settings.uploads_at_once),
    )
    open_ = False

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        nonlocal open_
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(STORE_THREADS, "store"))
        await parts.store.open()
        if settings.upload_origins:
            await asyncio.to_thread(parts.objects.allow_puts_from, settings.upload_origins)
        parts.feed.start()
        counting = asyncio.create_task(keep_counting(parts.store.database))
        open_ = True
        log.info("gateway_started")
        try:
            yield
        finally:
            open_ = False
            counting.cancel()
            await asyncio.gather(counting, return_exceptions=True)
            await parts.feed.stop()
            await all_settled(parts.unsettled, UNDO_S)
            await parts.locks.close()
            await parts.store.close()
            log.info("gateway_stopped")

    app = create_api(lifespan)
    app.state.parts = parts
    app.add_middleware(TusHeaders)
    for layer in (SecurityHeaders, QuotaHeaders, Traced, Counted):
        app.add_middleware(layer)
    add_health_routes(app, parts.store, parts.objects, lambda: open_)
    if not settings.require_keys:
        add_metrics_route(app)
    add_docs(app)
    add_page(app)
    return app
