"""Fixtures over the real parts: PostgreSQL, S3, and the whole local stack."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import pytest_asyncio

if TYPE_CHECKING:
    from nhance_kit.objects import ObjectStore
    from nhance_kit.settings import Settings
    from nhance_kit.store import JobStore

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def short_tmp() -> Iterator[Path]:
    """A directory that PostgreSQL's user can get to, with a path short enough for a socket."""
    directory = Path(tempfile.mkdtemp(prefix="nhance-test-"))
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def embedded(short_tmp: Path) -> Iterator[dict[str, str]]:
    """PostgreSQL with the schema, and S3; yields the variables that lead services to them."""
    from nhance_local import stack
    from nhance_local.settings import LocalSettings
    from tests.local.supervised import Supervised

    settings = LocalSettings().model_copy(
        update={"data": short_tmp / "stores", "s3_bucket": f"test-{uuid4().hex[:12]}"}
    )
    stack.make_data_dir(settings.data_dir)
    parts = stack.stores(settings)
    with Supervised(parts.programs, settings.logs_dir):
        yield parts.environment


@pytest.fixture(scope="session")
def settings(embedded: dict[str, str]) -> Settings:
    """What every service shares, bound to the embedded parts and a bucket of this session."""
    from nhance_kit.settings import Settings

    return Settings.model_validate(
        {
            name: embedded[f"NHANCE_{name.upper()}"]
            for name in (
                "database_url",
                "s3_endpoint",
                "s3_bucket",
                "s3_access_key_id",
                "s3_secret_access_key",
            )
        }
    )


@pytest.fixture(scope="session")
def objects(settings: Settings) -> ObjectStore:
    from nhance_kit.objects import ObjectStore

    return ObjectStore(settings)


@pytest_asyncio.fixture
async def store(settings: Settings) -> AsyncIterator[JobStore]:
    """An open job store with a queue of its own."""
    from nhance_kit.queue import make_queue
    from nhance_kit.store import JobStore

    store = JobStore(settings.database_url, make_queue())
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def tenant() -> str:
    """Nobody else's, so that tests that share the stores do not see each other."""
    return f"test-{uuid4().hex[:12]}"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real videos and pictures that are not part of the repository."""
    if not SHARED_DATA.is_dir():
        pytest.skip("skipped: no ../shared/data")
    return SHARED_DATA


@pytest.fixture(scope="session")
def stack(short_tmp: Path) -> Iterator[str]:
    """The URL of a whole local stack with the models ``look`` and ``identity``."""
    from tests.local_stack import LocalStack, servables_with

    servables = servables_with(short_tmp / "servables", "look", "identity")
    with LocalStack(short_tmp / "stack", servables) as running:
        yield running.url
