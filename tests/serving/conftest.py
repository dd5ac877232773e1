"""One model server for the tests that only ask; tests that change things start their own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .servables import Running, running, save


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SavedModel to copy from, as saving one takes longest."""
    return save(tmp_path_factory.mktemp("saved"), "tiny", 1)


@pytest.fixture
def install(tmp_path: Path, saved: Path) -> Callable[[str, int], Path]:
    """Put a copy of the SavedModel at ``tmp_path``/models/NAME/VERSION."""
    (tmp_path / "models").mkdir()

    def copy(name: str, version: int) -> Path:
        staged = tmp_path / f"{name}.{version}"
        shutil.copytree(saved, staged)
        target = tmp_path / "models" / name / str(version)
        target.parent.mkdir(exist_ok=True)
        staged.rename(target)
        return target

    return copy


@pytest.fixture(scope="session")
def shared(saved: Path) -> Iterator[Running]:
    """A server with version 1 of ``tiny`` that answers in ``*_val`` fields, the default."""
    with running(saved.parent.parent) as server:
        yield server


@pytest.fixture(scope="session")
def shared_content(saved: Path) -> Iterator[Running]:
    """The same with ``tensor_content`` switched on."""
    with running(saved.parent.parent, tensor_content=True) as server:
        yield server
