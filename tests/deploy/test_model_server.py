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

from nhance_kit.servables import serving_config
from tests.deploy.rendered import DEPLOY

SCRIPTS = DEPLOY / "base/serving"

# As TensorFlow Serving writes it: protobuf's JSON of GetModelStatusResponse.
STATUS = """{
 "model_version_status": [%s
 ]
}
"""
VERSION = """
  {
   "version": "%d",
   "state": "%s",
   "status": {
    "error_code": "OK",
    "error_message": ""
   }
  }"""


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
def telling(states: dict[str, list[str]]) -> Iterator[int]:
    """A server that tells these states of its models' versions; yields its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = states.get(self.path.removeprefix("/v1/models/"))
            versions = [VERSION % each for each in enumerate(known or [], 1)]
            self.send_response(404 if known is None else 200)
            self.end_headers()
            self.wfile.write((STATUS % ",".join(versions)).encode())

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


@pytest.mark.parametrize(
    ("states", "ready"),
    [
        ({"look": ["AVAILABLE"], "look-live": ["AVAILABLE"]}, True),
        ({"look": ["AVAILABLE", "AVAILABLE"], "look-live": ["AVAILABLE"]}, True),
        ({"look": ["AVAILABLE"], "look-live": ["LOADING"]}, False),
        ({"look": ["LOADING", "AVAILABLE"], "look-live": ["AVAILABLE"]}, False),
        ({"look": ["AVAILABLE"], "look-live": ["END"]}, False),
        ({"look": ["AVAILABLE"], "look-live": []}, False),
        ({"look": ["AVAILABLE"]}, False),
    ],
)
def test_it_is_ready_when_every_version_of_every_model_is(
    tmp_path: Path, states: dict[str, list[str]], ready: bool
) -> None:
    (tmp_path / "models.config").write_text(serving_config(tmp_path, ["look", "look-live"]))
    with telling(states) as port:
        script = moved("available.sh", tmp_path, port)
        found = subprocess.run(["bash", script], capture_output=True, text=True, timeout=10)
    assert ready == (found.returncode == 0), found.stdout + found.stderr


def test_it_is_not_ready_while_nobody_listens(tmp_path: Path) -> None:
    (tmp_path / "models.config").write_text(serving_config(tmp_path, ["look"]))
    script = moved("available.sh", tmp_path, 1)
    assert 0 != subprocess.run(["bash", script], capture_output=True, timeout=10).returncode
