"""Every operation of the API, asked by schemathesis with what fits its document and what does not.

No answer may be a server's error, have a status that its operation does not name, or another
body than its schema's. It also follows ids from one answer into the next request. The short form
is part of every run; ``make fuzz`` takes minutes. Traffic goes to the stack on this machine.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.local_stack import ROOT

SHORT_S, LONG_S = 35, 600
FEWEST = 50  # on a machine that does much else besides; else it asks hundreds of times
CONFIG = Path(__file__).with_name("schemathesis.toml")


def fuzz(url: str, folder: Path, seconds: int, *more: str) -> None:
    document = httpx.get(f"{url}/openapi.json", timeout=30).json()
    for operations in document["paths"].values():
        for operation in operations.values():
            # With it, every status would count as documented.
            operation["responses"].pop("default", None)
    file = folder / "openapi.json"
    file.write_text(json.dumps(document))
    command = [sys.executable, "-m", "schemathesis.cli", "--no-color"]
    command += ["--config-file", str(CONFIG), "run", str(file), "--url", url]
    done = subprocess.run(
        [*command, "--max-time", str(seconds), *more],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "SCHEMATHESIS_HOOKS": "tests.e2e.fuzzing"},
        capture_output=True,
        text=True,
        timeout=seconds + 120,
        check=False,
    )
    print(done.stdout[-2000:])
    assert done.returncode == 0, done.stdout[-20000:] + done.stderr[-3000:]
    asked = re.search(r"(\d+) generated", done.stdout)
    assert asked is not None
    assert int(asked[1]) >= FEWEST


def test_the_api_keeps_its_word(stack: str, tmp_path: Path) -> None:
    fuzz(stack, tmp_path, SHORT_S, "--seed", "1", "--phases", "fuzzing,stateful")


@pytest.mark.slow
def test_the_api_keeps_its_word_for_longer(stack: str, tmp_path: Path) -> None:
    fuzz(stack, tmp_path, LONG_S)
