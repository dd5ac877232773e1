"""The whole stack, started once for all that only look at what it gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nhance_kit.objects import ObjectStore
from nhance_kit.settings import Settings
from tests.local_stack import LocalStack, servables_with


@pytest.fixture(scope="session")
def local_stack(short_tmp: Path) -> Iterator[LocalStack]:
    servables = servables_with(short_tmp / "servables", "look", "identity")
    with LocalStack(short_tmp / "e2e", servables) as running:
        yield running


@pytest.fixture(scope="session")
def stack(local_stack: LocalStack) -> str:
    """The gateway's URL."""
    return local_stack.url


@pytest.fixture(scope="session")
def bucket(local_stack: LocalStack) -> ObjectStore:
    """The stack's object store."""
    names = ("DATABASE_URL", "S3_ENDPOINT", "S3_BUCKET", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY")
    found = {name.lower(): local_stack.environment[f"NHANCE_{name}"] for name in names}
    return ObjectStore(Settings.model_validate(found))
