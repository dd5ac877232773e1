"""``nhance keys``, against a real database."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from nhance_local.cli import app


def nhance(*arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, ["keys", *arguments])


@pytest.fixture
def _database(embedded: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NHANCE_DATABASE_URL", embedded["NHANCE_DATABASE_URL"])


@pytest.mark.usefixtures("_database")
def test_a_key_is_shown_once_listed_and_revoked(tenant: str) -> None:
    made = nhance(
        *("create", "--tenant", tenant, "--name", "laptop", "--days", "30"),
        *("--scope", "jobs:write", "--scope", "webhooks"),
    )
    assert made.exit_code == 0, made.output
    assert re.fullmatch(r"nhk_[A-Za-z0-9_-]{43}\n", made.stdout)

    listed = nhance("list")
    (line,) = [line for line in listed.stdout.splitlines() if tenant in line]
    key_id = line.split()[0]
    assert key_id in made.stderr
    assert "laptop" in line
    assert "jobs:write, webhooks" in line
    assert made.stdout.strip() not in listed.stdout

    assert nhance("revoke", key_id).exit_code == 0
    assert tenant not in nhance("list").stdout
    again = nhance("revoke", key_id)
    assert again.exit_code == 1
    assert f"There is no key {key_id}." in again.stderr


@pytest.mark.usefixtures("_database")
def test_a_name_that_can_be_no_tenants(tenant: str) -> None:
    made = nhance("create", "--tenant", f"{tenant}/..")
    assert made.exit_code == 1
    assert "can't be a tenant" in made.stderr


def test_without_a_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NHANCE_DATABASE_URL", raising=False)
    listed = nhance("list", "--data", str(tmp_path))
    assert listed.exit_code == 1
    assert "nhance up" in listed.stderr
