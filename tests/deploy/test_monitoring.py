"""Alerts and panels ask for figures that the code exports, and lead to a page that helps."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from prometheus_client import REGISTRY

from nhance_kit import errors, metrics
from nhance_kit.queue import QUEUE_OF_COST, QUEUE_OF_TASK
from nhance_kit.queue_state import STATES
from nhance_kit.settings import Settings
from tests.deploy.rendered import DEPLOY, ROOT, find, named, overlay

OBJECTS = overlay("prod-example")
RULES: dict[str, Any] = find(OBJECTS, "PrometheusRule", "nhance")["spec"]
ALERTS: list[dict[str, Any]] = [rule for group in RULES["groups"] for rule in group["rules"]]
DASHBOARD = json.loads(find(OBJECTS, "ConfigMap", "nhance-dashboard")["data"]["nhance.json"])
RUNBOOKS = DEPLOY / "runbooks"
EXPRESSIONS = [
    *((alert["alert"], alert["expr"]) for alert in ALERTS),
    *(
        (panel["title"], target["expr"])
        for panel in DASHBOARD["panels"]
        for target in panel["targets"]
    ),
]
# Of kube-state-metrics, with its labels.
FOREIGN = {"kube_deployment_status_replicas_ready": {"deployment"}}
# Those that Prometheus gives to whatever it reads.
GIVEN = {"namespace", "pod", "le"}

OUTCOMES = {
    metrics.SUCCEEDED,
    *(found.code for found in vars(errors).values() if hasattr(found, "code")),
}

METRIC = re.compile(r"\b((?:nhance|kube)_\w+)(?:\{([^}]*)\})?")
LABEL = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"')


def exported() -> dict[str, set[str]]:
    """Every series that the code makes, and its labels."""
    made = (found for found in vars(metrics).values() if hasattr(found, "_labelnames"))
    names = {found: set(found._labelnames) for found in made}
    return {
        name: labels
        for metric, labels in names.items()
        for name in REGISTRY._collector_to_names[metric]
    }


@pytest.mark.parametrize(("title", "expression"), EXPRESSIONS)
def test_an_expression_asks_for_what_is_exported(title: str, expression: str) -> None:
    known = {**exported(), **FOREIGN}
    found = METRIC.findall(expression)
    assert found
    for name, selectors in found:
        assert name in known
        labels = dict(LABEL.findall(selectors))
        assert labels.keys() <= known[name] | GIVEN
        if "queue" in labels:
            queues = {*QUEUE_OF_TASK.values(), *QUEUE_OF_COST.values()}
            assert [queue for queue in queues if re.fullmatch(labels["queue"], queue)]
        if "state" in labels:
            assert labels["state"] in STATES
        if name == "nhance_batches_total" and "outcome" in labels:
            for outcome in labels["outcome"].split("|"):
                assert [code for code in OUTCOMES if re.fullmatch(outcome, code)]
        if "task" in labels:
            assert set(labels["task"].split("|")) <= QUEUE_OF_TASK.keys()


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_leads_to_a_page_that_names_it(alert: dict[str, Any]) -> None:
    page = (ROOT / alert["annotations"]["runbook"]).read_text()
    assert f"`{alert['alert']}`" in page
    assert alert["labels"]["severity"] in ("warning", "critical")


def test_no_page_is_without_an_alert() -> None:
    linked = {ROOT / alert["annotations"]["runbook"] for alert in ALERTS}
    assert set(RUNBOOKS.glob("*.md")) == linked


async def test_what_pages_ask_the_database_it_answers(settings: Settings) -> None:
    asked = [
        query
        for page in sorted(RUNBOOKS.glob("*.md"))
        for block in re.findall(r"```sql\n(.*?)```", page.read_text(), re.DOTALL)
        for query in block.split(";")
        if query.strip()
    ]
    assert len(asked) == 4
    async with await psycopg.AsyncConnection.connect(settings.database_url) as connection:
        await connection.execute("DELETE FROM procrastinate_jobs")
        await connection.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status)"
            " VALUES ('mux', 'mux', 'failed')"
        )
        for query in asked:
            await connection.execute(query.encode())
        cursor = await connection.execute("SELECT status FROM procrastinate_jobs")
        assert [("todo",)] == await cursor.fetchall(), "the dead letter is alive again"
        await connection.rollback()


def test_figures_are_read_from_every_workload_at_a_port_that_it_has() -> None:
    read = set()
    for monitor in named(OBJECTS, "PodMonitor").values():
        selector = monitor["spec"]["selector"]
        names = {
            *selector.get("matchLabels", {}).values(),
            *(name for each in selector.get("matchExpressions", []) for name in each["values"]),
        }
        (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
        for name in names & named(OBJECTS, "Deployment").keys():
            pod = find(OBJECTS, "Deployment", name)["spec"]["template"]["spec"]
            ports = {
                port["name"]
                for container in [*pod.get("initContainers", []), *pod["containers"]]
                for port in container.get("ports", [])
            }
            assert endpoint["port"] in ports
            if endpoint["path"] == "/metrics":
                read.add(name)
    assert named(OBJECTS, "Deployment").keys() == read


@pytest.fixture
def promtool() -> str:
    found = shutil.which("promtool", path=f"{Path(sys.executable).parent}:/usr/bin")
    if found is None:
        pytest.skip("skipped: no promtool")
    return found


def test_alerts_come_and_stay_away_as_they_should(promtool: str, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(yaml.safe_dump(RULES))
    cases = yaml.safe_load((Path(__file__).parent / "alert_cases.yaml").read_text())
    told = {
        expected["alertname"]
        for case in cases["tests"]
        for expected in case["alert_rule_test"]
        if expected["exp_alerts"]
    }
    assert {alert["alert"] for alert in ALERTS} == told, "each comes in some case"
    tests = tmp_path / "tests.yaml"
    tests.write_text(yaml.safe_dump({"rule_files": [str(rules)], **cases}))
    done = subprocess.run([promtool, "test", "rules", tests], capture_output=True, text=True)
    assert 0 == done.returncode, done.stdout + done.stderr
