"""What KEDA asks the database, asked of the real one in states that are known."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest

from nhance_kit.queue import QUEUE_OF_COST, QUEUE_OF_TASK
from nhance_kit.settings import Settings
from tests.deploy.rendered import Object, component, find, named, overlay

TWO_POOLS = named(overlay("prod-example"), "ScaledObject")
ONE_POOL = named(component("autoscaling"), "ScaledObject")
QUEUES = {*QUEUE_OF_TASK.values(), *QUEUE_OF_COST.values()}

# Status, minutes until it is due, and whether a pod is wanted for it.
TASKS = [
    ("todo", None, True),
    ("todo", -1, True),
    ("todo", 60, False),
    ("doing", None, True),
    ("failed", None, False),
    ("succeeded", None, False),
    ("cancelled", None, False),
    ("aborted", None, False),
]
DUE = sum(wanted for *_, wanted in TASKS)


def query_of(scaled: Object) -> str:
    (trigger,) = scaled["spec"]["triggers"]
    return str(trigger["metadata"]["query"])


@asynccontextmanager
async def queue_with(settings: Settings, *queues: str) -> AsyncIterator[Callable[[str], Any]]:
    """A way to ask a database in which the ``queues`` have TASKS, and nobody anything else."""
    async with await psycopg.AsyncConnection.connect(settings.database_url) as connection:
        # Nothing of this is ever committed; what others left there is out of sight.
        await connection.execute("DELETE FROM procrastinate_jobs")
        for queue in queues:
            for status, due, _ in TASKS:
                await connection.execute(
                    "INSERT INTO procrastinate_jobs (queue_name, task_name, status, scheduled_at)"
                    " VALUES (%s, 'task', %s, now() + %s * interval '1 minute')",
                    (queue, status, due),
                )

        async def ask(query: str) -> int:
            cursor = await connection.execute(query.encode())
            rows = await cursor.fetchall()
            ((value,),) = rows
            return int(value)

        yield ask
        await connection.rollback()


@pytest.mark.parametrize(
    ("scaled", "queues"),
    [
        (TWO_POOLS["enhance-cpu"], {"enhance-light"}),
        (TWO_POOLS["enhance-gpu"], {"enhance"}),
        (ONE_POOL["enhance-cpu"], {"enhance-light", "enhance"}),
        (TWO_POOLS["ingest"], {"ingest"}),
        (TWO_POOLS["mux"], {"mux"}),
        (TWO_POOLS["webhooks"], {"webhooks"}),
    ],
    ids=["cpu", "gpu", "alone", "ingest", "mux", "webhooks"],
)
async def test_pods_are_wanted_for_what_is_due_or_under_way_in_their_queues(
    settings: Settings, scaled: Object, queues: set[str]
) -> None:
    async with queue_with(settings) as ask:
        assert 0 == await ask(query_of(scaled))
    async with queue_with(settings, *QUEUES) as ask:
        assert DUE * len(queues) == await ask(query_of(scaled))
    async with queue_with(settings, *(QUEUES - queues)) as ask:
        assert 0 == await ask(query_of(scaled))


def test_every_queue_has_somebody_who_is_woken_by_it() -> None:
    for scaled in (TWO_POOLS, ONE_POOL):
        asked = " ".join(query_of(each) for each in scaled.values())
        assert not [queue for queue in QUEUES if f"'{queue}'" not in asked]


def test_what_is_woken_takes_from_the_queues_that_wake_it() -> None:
    for objects, scaled in (
        (overlay("prod-example"), TWO_POOLS),
        (component("autoscaling"), ONE_POOL),
    ):
        for name in {"enhance-cpu", "enhance-gpu"} & scaled.keys():
            pod = find(objects, "Deployment", name)["spec"]["template"]["spec"]
            (worker,) = pod["containers"]
            env = {each["name"]: each.get("value", "") for each in worker["env"]}
            for cost, queue in QUEUE_OF_COST.items():
                takes = f'"{cost}"' in env["NHANCE_ENHANCE_COSTS"]
                assert takes == (f"'{queue}'" in query_of(scaled[name]))


@pytest.mark.parametrize("name", ["dev", "prod-example"])
def test_a_scaler_scales_its_namesake_whose_number_is_nobody_elses(name: str) -> None:
    objects = overlay(name)
    deployments = named(objects, "Deployment")
    scalers = {**named(objects, "ScaledObject"), **named(objects, "HorizontalPodAutoscaler")}
    assert {"gateway", "webhooks", "ingest", "enhance-cpu", "enhance-gpu", "mux"} == scalers.keys()
    for key, scaler in scalers.items():
        assert key == scaler["spec"]["scaleTargetRef"]["name"]
        assert "replicas" not in deployments[key]["spec"]


def test_pools_go_down_to_nothing_and_come_back_for_one_task() -> None:
    for scaled in TWO_POOLS.values():
        spec = scaled["spec"]
        (trigger,) = spec["triggers"]
        assert "0" == trigger["metadata"]["activationTargetQueryValue"]
        assert spec["minReplicaCount"] <= spec["fallback"]["replicas"] <= spec["maxReplicaCount"]
    asleep = {name for name, each in TWO_POOLS.items() if each["spec"]["minReplicaCount"] == 0}
    assert {"enhance-cpu", "enhance-gpu", "mux"} == asleep
