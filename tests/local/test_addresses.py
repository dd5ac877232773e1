from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from nhance_local.addresses import GRPC_OFFSET, is_free, remembered_ports, socket_dir
from nhance_local.errors import LocalError


def test_ports_stay_the_same(tmp_path: Path) -> None:
    ports = remembered_ports(tmp_path / "ports.json", ["a", "b"])
    assert ports == remembered_ports(tmp_path / "ports.json", ["a", "b"])
    assert len(set(ports.values())) == 2


@pytest.mark.parametrize("above", [0, GRPC_OFFSET])
def test_only_a_port_that_is_taken_changes(tmp_path: Path, above: int) -> None:
    before = remembered_ports(tmp_path / "ports.json", ["a", "b"])
    with socket.create_server(("127.0.0.1", before["a"] + above)):
        after = remembered_ports(tmp_path / "ports.json", ["a", "b"])
    assert before["a"] != after["a"]
    assert before["b"] == after["b"]


def test_a_listening_port_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not is_free(port)
    assert is_free(port)


def test_a_short_path_holds_its_sockets_itself(short_tmp: Path) -> None:
    assert short_tmp / "run" == socket_dir(short_tmp / "run")


def test_a_long_path_gets_a_private_short_one(
    tmp_path: Path, short_tmp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(short_tmp))
    long = tmp_path / ("long" * 40)
    short = socket_dir(long)
    assert short == socket_dir(long)
    assert short != socket_dir(tmp_path / ("more" * 40))
    assert len(os.fsencode(short)) < 80
    assert stat.S_IMODE(short.stat().st_mode) == 0o700

    short.chmod(0o777)
    with pytest.raises(LocalError, match="remove it"):
        socket_dir(long)
