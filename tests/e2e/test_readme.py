"""The code of README.md that asks the API, as it stands there."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.clip import bench_clip
from tests.clips import frames_of
from tests.local_stack import ROOT
from tests.snippets import snippets

FRAMES = 50


def test_the_lines_of_curl(stack: str, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("skipped: no curl")
    bench_clip(tmp_path / "walk.mp4", (320, 240), FRAMES)
    (block,) = [one for one in snippets(ROOT / "README.md", "sh", stack) if "curl" in one]
    job_id = ""
    said = []
    for line in block.splitlines():
        command = ["bash", "-c", line]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin", "ID": job_id},
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        said.append(done.stdout)
        job_id = job_id or json.loads(done.stdout)["id"]

    posted, looked_at, events, video, report = said
    assert json.loads(posted)["id"] == json.loads(looked_at)["id"] == job_id
    assert json.loads(looked_at)["progress"]["frames_total"] == FRAMES
    *_, last = [line for line in events.splitlines() if line.startswith("data: ")]
    assert "succeeded" == json.loads(last.removeprefix("data: "))["state"]
    assert "" == video
    assert FRAMES == len(frames_of(tmp_path / "walk.enhanced.mp4"))
    assert job_id == json.loads(report)["job"]


def test_the_lines_of_python(stack: str, tmp_path: Path) -> None:
    bench_clip(tmp_path / "walk.mp4", (320, 240), FRAMES)
    (block,) = snippets(ROOT / "README.md", "python", stack)
    subprocess.run([sys.executable, "-c", block], cwd=tmp_path, timeout=120, check=True)
    assert FRAMES == len(frames_of(tmp_path / "walk.enhanced.mp4"))
