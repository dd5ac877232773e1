"""The command: its table, its files, and what it says when something is wrong."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from nhance_local.cli import app

CLUSTER = Path(__file__).parent / "cluster.yaml"
SHORT = ["--videos", "1000", "--scenario", "steady", "--scenario", "burst"]


def test_a_table_a_csv_file_and_pictures(tmp_path: Path) -> None:
    files = ["--csv", str(tmp_path / "out.csv"), "--plots", str(tmp_path / "plots")]
    result = CliRunner().invoke(
        app, ["simulate", "--manifests", "-", *SHORT, *files], input=CLUSTER.read_text()
    )

    assert 0 == result.exit_code, result.output
    steady, burst = [line.split("|") for line in result.stdout.splitlines() if "1,000" in line]
    assert ["steady", "1,000"] == [cell.strip() for cell in steady[1:3]]
    assert ["burst", "1,000"] == [cell.strip() for cell in burst[1:3]]
    with (tmp_path / "out.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert ["steady", "burst"] == [row["scenario"] for row in rows]
    assert f"{float(rows[0]['wait_p95_s']):,.0f} s" == steady[6].strip()
    for name in ("outcomes.png", "steady-1000.png", "burst-1000.png"):
        with Image.open(tmp_path / "plots" / name) as picture:
            picture.verify()


def test_what_is_wrong_with_the_manifests_is_a_sentence() -> None:
    text = CLUSTER.read_text().replace("maxReplicas: 20", "maxReplicas: many")
    result = CliRunner().invoke(app, ["simulate", "--manifests", "-", *SHORT], input=text)

    assert 1 == result.exit_code
    assert (
        "nhance: HorizontalPodAutoscaler gateway: spec.maxReplicas: Input should" in result.stderr
    )


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nhance_local.simulation.world", None)
    result = CliRunner().invoke(app, ["simulate", "--manifests", str(CLUSTER)])

    assert 1 == result.exit_code
    assert "install nhance-local[simulate]" in result.stderr
