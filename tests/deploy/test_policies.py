"""checkov's policies hold for all that is rendered and built, but for exceptions with a reason."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import pytest

from tests.deploy.rendered import DEPLOY, OVERLAYS, ROOT, component, find, name_of, overlay, yaml_of

CHECKOV = Path(sys.executable).parents[1] / "checkov/bin/checkov"


def failed(folder: Path) -> set[tuple[str, str]]:
    """What checkov finds in a folder: the check and the file."""
    if not CHECKOV.exists():
        pytest.skip("skipped: no checkov; make checkov installs it")
    done = subprocess.run(
        [CHECKOV, "--config-file", DEPLOY / "checkov.yaml", "-d", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    reports = json.loads(done.stdout)
    assert {"kubernetes", "dockerfile"} == {report["check_type"] for report in reports}
    return {
        (check["check_id"], check["file_path"].strip("/"))
        for report in reports
        for check in report["results"]["failed_checks"]
    }


def test_the_policies_hold_and_what_breaks_one_is_found(tmp_path: Path) -> None:
    """All in one go, and once where overlays have the same: checkov takes seconds to start."""
    shared = deepcopy(find(component("shared-serving"), "Deployment", "serving"))
    shared["metadata"]["namespace"] = "nhance"
    all_of_them = [*(found for name in OVERLAYS for found in overlay(name)), shared]
    distinct = {(found["kind"], name_of(found)): found for found in all_of_them}
    (tmp_path / "manifests.yaml").write_text(yaml_of([*distinct.values()]))
    for path in (ROOT / "services").glob("*/Dockerfile"):
        (tmp_path / path.parent.name).mkdir()
        (tmp_path / path.parent.name / "Dockerfile").write_text(path.read_text())
    weak = deepcopy(find(overlay("prod-example"), "Deployment", "mux"))
    (container,) = weak["spec"]["template"]["spec"]["containers"]
    container["securityContext"]["allowPrivilegeEscalation"] = True
    (tmp_path / "weak.yaml").write_text(yaml_of([weak]))

    assert {("CKV_K8S_20", "weak.yaml")} == failed(tmp_path)


def test_every_exception_has_its_reason() -> None:
    lines = (DEPLOY / "checkov.yaml").read_text().splitlines()
    exceptions = [at for at, line in enumerate(lines) if re.match(r"  - CKV", line)]
    assert exceptions
    assert all(lines[at - 1].startswith("  # ") for at in exceptions)
