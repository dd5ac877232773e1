from __future__ import annotations

import os
from pathlib import Path

import pytest

from nhance_local import lock
from nhance_local.errors import DataDirInUse

URL = "http://127.0.0.1:8000"


def test_a_free_directory_has_no_holder(tmp_path: Path) -> None:
    assert lock.holder(tmp_path) is None
    with lock.held(tmp_path, URL):
        pass
    assert lock.holder(tmp_path) is None


def test_the_holder_says_what_is_up(tmp_path: Path) -> None:
    with lock.held(tmp_path, URL) as held:
        assert lock.Stack(os.getpid(), URL, ready=False) == lock.holder(tmp_path)
        held.tell(ready=True)
        assert lock.Stack(os.getpid(), URL, ready=True) == lock.holder(tmp_path)


def test_a_second_one_is_told_where_the_first_is(tmp_path: Path) -> None:
    with (
        lock.held(tmp_path, URL),
        pytest.raises(DataDirInUse, match=URL),
        lock.held(tmp_path, "http://127.0.0.1:8001"),
    ):
        pass
    with lock.held(tmp_path, URL):
        pass
