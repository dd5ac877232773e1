from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import numpy as np
import pytest

from nhance_enhance.model_client import ModelClient
from nhance_serving.server import ModelServer
from nhance_serving.settings import ServingSettings

from .servables import eventually, running


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def test_process_serves_on_a_unix_socket_and_stops_on_sigterm(tmp_path: Path, saved: Path) -> None:
    address, port = f"unix:{tmp_path}/serving.sock", free_port()
    environment = os.environ | {
        "NHANCE_SERVING_MODEL_BASE_PATH": str(saved.parent.parent),
        "NHANCE_SERVING_GRPC_ADDRESS": address,
        "NHANCE_SERVING_REST_PORT": str(port),
        "NHANCE_SERVING_TENSOR_CONTENT": "true",
    }
    process = subprocess.Popen([sys.executable, "-m", "nhance_serving"], env=environment)
    try:
        eventually(lambda: is_ready(port), timeout_s=60)
        with ModelClient(address) as client:
            luma, chroma = np.zeros((1, 4, 6, 1), np.uint8), np.zeros((1, 2, 3, 2), np.uint8)
            model = client.model("tiny")
            look = model.look(luma, chroma, np.eye(3, 4, dtype=np.float32))
            assert look.tolist() == [[0.0, 0.5]]
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
        assert time.monotonic() - started < 2.0
    finally:
        process.kill()
        process.wait()


def test_second_server_on_the_same_port_is_refused(tmp_path: Path) -> None:
    with running(tmp_path) as first, pytest.raises(OSError, match="in use"):
        ModelServer(ServingSettings(model_base_path=tmp_path, rest_port=first.server.rest_port))
    with running(tmp_path) as first, pytest.raises(RuntimeError, match="Failed to bind"):
        ModelServer(
            ServingSettings(model_base_path=tmp_path, grpc_address=first.address, rest_port=0)
        )
