"""The shell around the official model server: it starts it, stops it and tells when it is ready."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.deploy.rendered import DEPLOY

SCRIPTS = DEPLOY / "base/serving"

# As TensorFlow Serving writes it: protobuf's JSON of GetModelStatusResponse.
STATUS = """{
 "model_version_status": [
  {
   "version": "%s",
   "state": "%s",
   "status": {
    "error_code": "OK",
    "error_message": ""
   }
  }
 ]
}
"""


def moved(script: str, folder: Path, port: int = 8501) -> Path:
    """A script with its paths and port where a test may have them."""
    text = (SCRIPTS / script).read_text()
    text = text.replace("/servables/", f"{folder}/").replace("/run/nhance/", f"{folder}/")
    target = folder / script
    target.write_text(text.replace("/127.0.0.1/8501", f"/127.0.0.1/{port}"))
    return target


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_reaches_the_server_and_its_end_is_waited_for(
    tmp_path: Path, number: signal.Signals
) -> None:
    server = tmp_path / "tensorflow_model_server"
    server.write_text(
        "#!/bin/bash\n"
        f"trap 'sleep 0.3; echo ended > {tmp_path}/ended; exit 7' TERM\n"
        f'printf "%s\\n" "$@" > {tmp_path}/arguments; echo started\n'
        "while true; do sleep 0.05; done\n"
    )
    server.chmod(0o755)
    script = moved("serve.sh", tmp_path)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    # Background commands of a shell are begun with SIGINT ignored, which bash then can't trap.
    heeding = ["env", f"--default-signal={number.name.removeprefix('SIG')}", "bash"]
    process = subprocess.Popen(
        [*heeding, script, "--one_more"], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process, process.stdout:
        try:
            assert "started\n" == process.stdout.readline()
            process.send_signal(number)
            assert 7 == process.wait(timeout=10)
        finally:
            process.kill()

    assert "ended\n" == (tmp_path / "ended").read_text()
    assert {
        "--port=0",
        f"--grpc_socket_path={tmp_path}/serving.sock",
        f"--model_config_file={tmp_path}/models.config",
        "--model_config_file_poll_wait_seconds=30",
        "--enable_serialization_as_tensor_content=true",
        "--max_num_load_retries=1",
        "--one_more",
    } <= set((tmp_path / "arguments").read_text().splitlines())


def test_a_server_that_ends_by_itself_ends_its_container(tmp_path: Path) -> None:
    server = tmp_path / "tensorflow_model_server"
    server.write_text("#!/bin/bash\nexit 3\n")
    server.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    script = moved("serve.sh", tmp_path)
    assert 3 == subprocess.run(["bash", script], env=environment, timeout=10).returncode


@contextmanager
def telling(states: dict[str, str]) -> Iterator[int]:
    """A server that tells these states of its versions, by NAME/VERSION; yields its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name, _, version = self.path.removeprefix("/v1/models/").partition("/versions/")
            state = states.get(f"{name}/{version}")
            self.send_response(404 if state is None else 200)
            self.end_headers()
            told = '{"error": "Could not find it"}' if state is None else STATUS % (version, state)
            self.wfile.write(told.encode())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def available(folder: Path, port: int, *versions: str) -> subprocess.CompletedProcess[str]:
    for version in ("look/1", "look/2", "look-live/1", ".copying/look/3"):
        (folder / version).mkdir(parents=True)
    script = moved("available.sh", folder, port)
    return subprocess.run(
        ["bash", script, *versions], capture_output=True, text=True, timeout=10, check=False
    )


@pytest.mark.parametrize(
    ("look", "live", "ready"),
    [
        ("AVAILABLE", "AVAILABLE", True),
        ("AVAILABLE", "LOADING", False),
        ("LOADING", "AVAILABLE", False),
        ("END", "AVAILABLE", False),
        ("AVAILABLE", None, False),
    ],
)
def test_it_has_started_when_every_version_that_lies_there_is_available(
    tmp_path: Path, look: str, live: str | None, ready: bool
) -> None:
    gone = {"look/7": "END", "dped/1": "END"}
    there = {"look/1": "AVAILABLE", "look/2": look} | ({"look-live/1": live} if live else {})
    with telling(gone | there) as port:
        found = available(tmp_path, port)
    assert ready == (found.returncode == 0), found.stdout + found.stderr


def test_one_can_ask_for_a_version(tmp_path: Path) -> None:
    states = {"look/1": "AVAILABLE", "look/2": "LOADING"}
    with telling(states) as port:
        asked = {
            version: available(tmp_path / str(number), port, version).stdout
            for number, version in enumerate(["look/1", "look/2", "look/9"])
        }
    assert {"look/1": "", "look/2": "look/2: LOADING\n", "look/9": "look/9: unknown\n"} == asked


def test_it_has_not_started_while_nobody_listens(tmp_path: Path) -> None:
    assert 0 != available(tmp_path, 1).returncode
