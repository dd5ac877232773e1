"""``nhance up``, as a person meets it. The model server is left out: nothing here needs it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from nhance_local import lock
from tests.clips import write_clip
from tests.local_stack import LocalStack


@pytest.fixture(scope="module")
def up(short_tmp: Path) -> Iterator[LocalStack]:
    nowhere = "127.0.0.1:1"
    (short_tmp / "no-servables" / "look" / "1").mkdir(parents=True)
    with LocalStack(
        short_tmp / "up", short_tmp / "no-servables", NHANCE_SERVING_ADDRESS=nowhere
    ) as stack:
        yield stack


def test_a_second_stack_is_told_of_the_first(up: LocalStack) -> None:
    command = [sys.executable, "-m", "nhance_local", "up", "--data", str(up.data)]
    second = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 1
    assert up.url in second.stderr


@pytest.mark.parametrize("name", ["gateway", "weed"])
def test_what_is_killed_comes_back(up: LocalStack, name: str) -> None:
    (victim,) = up.processes(name)
    victim.kill()
    victim.wait(5)
    deadline = time.monotonic() + 20
    while True:
        try:
            if httpx.get(f"{up.url}/readyz").status_code == 200:
                break
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline
        time.sleep(0.1)
    (back,) = up.processes(name)
    assert victim.pid != back.pid


def test_ctrl_c_leaves_no_process_and_a_second_start_finds_the_jobs(
    up: LocalStack, tmp_path: Path
) -> None:
    clip = tmp_path / "clip.mp4"
    write_clip(clip)
    with clip.open("rb") as file:
        posted = httpx.post(f"{up.url}/v1/jobs", files={"file": file}, timeout=60)
    assert posted.status_code == 202, posted.text
    holder = lock.holder(up.data)
    assert holder is not None
    started = psutil.Process(holder.pid).children(recursive=True)

    up.stop()
    assert [process for process in started if process.is_running()] == []
    assert lock.holder(up.data) is None

    up.start()
    found = httpx.get(f"{up.url}/v1/jobs").json()["jobs"]
    assert [posted.json()["id"]] == [job["id"] for job in found]
