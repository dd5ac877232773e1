"""The gateway over its real stores, talked to in process; ingest's part is played by the tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from nhance_gateway import deps
from nhance_gateway.app import create_app
from nhance_gateway.settings import GatewaySettings
from nhance_kit.api_keys import ApiKeys
from nhance_kit.objects import ObjectStore
from nhance_kit.settings import Settings
from nhance_kit.store import JobStore


@pytest.fixture
def servables_dir(tmp_path: Path) -> Path:
    """Two models, and things that are none."""
    directory = tmp_path / "servables"
    for path in ("look/2", "look/10", "dped/1", "empty", ".hidden/1", "look/assets"):
        (directory / path).mkdir(parents=True)
    (directory / "README.md").touch()
    return directory


@pytest.fixture
def gateway_settings(settings: Settings, servables_dir: Path) -> GatewaySettings:
    """Patient with nobody, so that tests are quick."""
    return GatewaySettings(
        **settings.model_dump(),
        servables_dir=servables_dir,
        max_upload_bytes=100 << 20,
        upload_idle_s=0.5,
        ingest_wait_s=0,
    )


@pytest_asyncio.fixture
async def app(
    gateway_settings: GatewaySettings,
    objects: ObjectStore,
    tenant: str,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[FastAPI]:
    """The running app; every request is ``tenant``'s."""
    # Making a client of S3 takes longer than most tests.
    monkeypatch.setattr("nhance_gateway.app.ObjectStore", lambda _: objects)
    monkeypatch.setattr("nhance_gateway.upload.LINGER_S", 0.2)
    app = create_app(gateway_settings)
    app.dependency_overrides[deps.tenant] = lambda: tenant
    async with app.router.lifespan_context(app):
        yield app


@pytest_asyncio.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of ``app``. What breaks in the app is answered, not raised."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://nhance.test") as client:
        yield client


@pytest.fixture
def keys(store: JobStore) -> ApiKeys:
    return ApiKeys(store.database)


@pytest_asyncio.fixture
async def guarded(
    gateway_settings: GatewaySettings, objects: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FastAPI]:
    """The running app as it is where keys are needed."""
    monkeypatch.setattr("nhance_gateway.app.ObjectStore", lambda _: objects)
    monkeypatch.setattr("nhance_gateway.upload.LINGER_S", 0.2)
    app = create_app(gateway_settings.model_copy(update={"require_keys": True}))
    async with app.router.lifespan_context(app):
        yield app


@pytest_asyncio.fixture
async def stranger(guarded: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of ``guarded`` that has no key yet."""
    transport = httpx.ASGITransport(guarded, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://nhance.test") as client:
        yield client
