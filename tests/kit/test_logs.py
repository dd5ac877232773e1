"""What is logged, and what never is."""

from __future__ import annotations

import json
import subprocess
import sys

SCRIPT = """
import structlog
from nhance_kit import logs

def connect():
    password = "hunter" + "2" * 3
    raise OSError("the store does not answer")

logs.configure("mux", "json", "info")
try:
    connect()
except OSError as error:
    structlog.get_logger().error("store_lost", exc_info=error)
"""


def test_a_traceback_names_the_place_and_no_local_variable() -> None:
    run = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    line = json.loads(run.stderr)
    assert ("store_lost", "mux", "error") == (line["event"], line["service"], line["level"])
    raised = line["exception"][0]
    assert "the store does not answer" == raised["exc_value"]
    assert "connect" == raised["frames"][-1]["name"]
    assert "hunter222" not in run.stderr
