"""The load script, in small: nothing goes wrong, and every watcher sees the end."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from tests.bench import load


def test_a_gateway_under_load_makes_no_error(
    embedded: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "UPLOAD_S", 0.5)
    environment = {**os.environ, **embedded}
    figures = asyncio.run(load.run(environment, tmp_path, uploads=8, streams=60, seconds=3))
    assert figures.errors == []
    assert figures.uploads >= 8
    assert figures.events >= 60
    assert figures.idle_ms > 0
    assert figures.loaded_ms > 0
