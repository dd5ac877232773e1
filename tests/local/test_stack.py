"""Which programs make up the stack, without starting any."""

from __future__ import annotations

from pathlib import Path

import pytest

from nhance_local import stack
from nhance_local.settings import LocalSettings

ELSEWHERE = {
    "NHANCE_DATABASE_URL": "postgresql://nhance@db.test/nhance",
    "NHANCE_S3_ENDPOINT": "http://s3.test",
    "NHANCE_S3_ACCESS_KEY_ID": "key",
    "NHANCE_S3_SECRET_ACCESS_KEY": "secret",
    "NHANCE_SERVING_ADDRESS": "serving.test:8500",
}


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ELSEWHERE.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("elsewhere")
def test_embedded_parts_step_aside(tmp_path: Path) -> None:
    programs = {
        program.name: program
        for program in stack.whole(LocalSettings(data=tmp_path, enhance_workers=2))
    }
    names = {"migrations", "gateway", "ingest", "mux", "webhooks", "enhance-1", "enhance-2"}
    assert set(programs) == names
    for name in names:
        environment = programs[name].environment
        assert ELSEWHERE["NHANCE_DATABASE_URL"] == environment["NHANCE_DATABASE_URL"]
        assert ELSEWHERE["NHANCE_S3_ENDPOINT"] == environment["NHANCE_S3_ENDPOINT"]
        assert ELSEWHERE["NHANCE_SERVING_ADDRESS"] == environment["NHANCE_SERVING_ADDRESS"]
    ports = [
        program.environment["NHANCE_PORT"] for program in programs.values() if not program.once
    ]
    assert len(set(ports)) == len(ports)


@pytest.mark.usefixtures("elsewhere")
def test_this_machine_is_reached_without_a_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "intranet.test")
    (migrations,) = stack.stores(LocalSettings(data=tmp_path)).programs
    assert migrations.environment["NO_PROXY"] == "intranet.test,127.0.0.1,localhost"


@pytest.mark.parametrize(
    ("cores", "workers", "threads"), [(1, 1, 1), (2, 1, 1), (4, 1, 1), (8, 1, 0), (8, 2, 1)]
)
def test_operations_are_divided_where_cores_are_to_spare(
    cores: int, workers: int, threads: int
) -> None:
    settings = LocalSettings(enhance_workers=workers)
    assert stack.threads_of_an_operation(settings, cores) == threads


def test_threads_of_an_operation_can_be_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NHANCE_SERVING_INTRA_OP_THREADS", "3")
    programs = {program.name: program for program in stack.whole(LocalSettings(data=tmp_path))}
    assert programs["serving"].environment["NHANCE_SERVING_INTRA_OP_THREADS"] == "3"
