"""The embedded PostgreSQL and S3, really started."""

from __future__ import annotations

import os
import signal
import stat
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from nhance_kit.objects import ObjectStore
from nhance_kit.settings import Settings
from nhance_local.postgres import Postgres, embedded_postgres
from tests.local.supervised import Supervised


@pytest.fixture(scope="module")
def postgres(short_tmp: Path) -> Postgres:
    """A cluster of its own that is not running."""
    return embedded_postgres(short_tmp / "postgres")


def query(postgres: Postgres, text: str) -> str:
    with psycopg.connect(postgres.url) as connection:
        row = connection.execute(text.encode()).fetchone()
    assert row is not None
    return str(row[0])


def postmaster(postgres: Postgres) -> int:
    return int((postgres.data / "postmaster.pid").read_text().split()[0])


def test_postgres_is_durable_and_private(postgres: Postgres, tmp_path: Path) -> None:
    with Supervised([postgres.program(os.environ)], tmp_path):
        assert query(postgres, "SHOW fsync") == "on"
        assert query(postgres, "SHOW listen_addresses") == ""
        assert query(postgres, "SHOW server_encoding") == "UTF8"
        assert stat.S_IMODE(postgres.sockets.stat().st_mode) == 0o700


def test_a_killed_postmaster_comes_back_with_its_data(postgres: Postgres, tmp_path: Path) -> None:
    with Supervised([postgres.program(os.environ)], tmp_path) as supervised:
        with psycopg.connect(postgres.url) as session:
            session.execute("CREATE TABLE kept AS SELECT 42 AS answer")
            session.commit()
            os.kill(postmaster(postgres), signal.SIGKILL)
            deadline = time.monotonic() + 10
            while not any("ready again" in line for line in supervised.lines):
                assert time.monotonic() < deadline, supervised.lines
                time.sleep(0.05)
        assert query(postgres, "SELECT answer FROM kept") == "42"


def test_a_stale_pid_file_does_not_matter(postgres: Postgres, tmp_path: Path) -> None:
    # The number of a process that runs, and is no PostgreSQL.
    (postgres.data / "postmaster.pid").write_text(f"{os.getpid()}\n{postgres.data}\n")
    with Supervised([postgres.program(os.environ)], tmp_path):
        assert query(postgres, "SELECT 1") == "1"


def test_an_orphaned_server_is_replaced(postgres: Postgres, tmp_path: Path) -> None:
    with Supervised([postgres.program(os.environ)], tmp_path):
        orphan = psutil.Process(postmaster(postgres))
        postgres.clear_the_way()
        assert not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE


def test_the_schema_is_there(settings: Settings) -> None:
    with psycopg.connect(settings.database_url) as connection:
        assert connection.execute("SELECT id FROM jobs WHERE tenant = 'nobody'").fetchall() == []


def test_objects_come_back(objects: ObjectStore, tenant: str) -> None:
    objects.put(f"{tenant}/a", b"content")
    assert objects.get(f"{tenant}/a") == b"content"


def test_the_credentials_are_their_owners(embedded: dict[str, str], short_tmp: Path) -> None:
    assert stat.S_IMODE((short_tmp / "stores" / "credentials.json").stat().st_mode) == 0o600


def test_s3_listens_on_loopback_only(embedded: dict[str, str], short_tmp: Path) -> None:
    weeds = [
        process
        for process in psutil.process_iter(["cmdline"])
        if f"-dir={short_tmp / 'stores' / 's3'}" in (process.info["cmdline"] or [])
    ]
    assert len(weeds) == 1
    listening = [
        connection.laddr.ip
        for connection in weeds[0].net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert {"127.0.0.1"} == set(listening)
