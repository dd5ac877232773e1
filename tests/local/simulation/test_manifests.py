"""Reading the scaling numbers out of rendered manifests, and saying what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from nhance_local.simulation.autoscaling import (
    DEFAULT_DOWN,
    DEFAULT_UP,
    Behavior,
    Policy,
    PolicyType,
    Rules,
    SelectPolicy,
)
from nhance_local.simulation.manifests import (
    ByQueue,
    ByUsage,
    Deployed,
    ManifestsUnclear,
    read_manifests,
)

CLUSTER = (Path(__file__).parent / "cluster.yaml").read_text()


def test_every_number_is_the_manifests_own() -> None:
    found = {one.name: one for one in read_manifests(CLUSTER)}

    behavior = Behavior(
        Rules(0.0, (Policy(PolicyType.PERCENT, 200, 30.0),)),
        Rules(120.0, (Policy(PolicyType.PODS, 4, 60.0),), SelectPolicy.MIN),
    )
    gpu = ByQueue(frozenset({"enhance"}), 0, 40, 10.0, 600.0, 8.0, 0.0, True, behavior)
    assert Deployed("enhance-gpu", 1, 20.0, 3.0, 1, True, gpu) == found["enhance-gpu"]
    assert Deployed("mux", 3, 10.0, 1.5, 0, False, None) == found["mux"]
    usage = ByUsage(2, 20, 0.7 * 0.5, Behavior())
    assert Deployed("gateway", 2, 10.0, 0.5, 0, False, usage) == found["gateway"]


def test_what_is_not_said_is_as_the_api_has_it() -> None:
    scaler = next(one.scaler for one in read_manifests(CLUSTER) if one.name == "ingest")

    assert isinstance(scaler, ByQueue)
    assert (300.0, 0.0) == (scaler.cooldown_s, scaler.activation)
    assert Behavior(DEFAULT_UP, DEFAULT_DOWN) == scaler.behavior


def test_pods_take_from_the_queues_that_are_counted_for_them() -> None:
    both = CLUSTER.replace("= 'enhance'", "IN ('enhance', 'enhance-light')")
    queues = {one.name: one.queues for one in read_manifests(both)}

    assert {"enhance", "enhance-light"} == queues["enhance-gpu"]
    assert {"mux"} == queues["mux"]
    assert {"webhooks"} == queues["webhooks"]
    assert set() == queues["gateway"]


def test_pools_that_share_some_of_their_queues_are_refused() -> None:
    gpu, keda = (one for one in CLUSTER.split("---\n") if "enhance-gpu" in one)
    cpu = "---\n".join(one.replace("enhance-gpu", "enhance-cpu") for one in (gpu, keda))
    light = cpu.replace("= 'enhance'", "IN ('enhance', 'enhance-light')")

    assert 5 + 1 == len(read_manifests(f"{CLUSTER}---\n{cpu}"))
    with pytest.raises(ManifestsUnclear, match="enhance-cpu and enhance-gpu share some queues"):
        read_manifests(f"{CLUSTER}---\n{light}")


def test_a_query_that_counts_only_what_waits_is_told_apart() -> None:
    scaler = read_manifests(CLUSTER.replace(" IN ('todo', 'doing')", " = 'todo'"))[0].scaler

    assert isinstance(scaler, ByQueue)
    assert not scaler.running


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("minReplicaCount: 0", "minReplicaCount: few", "ScaledObject enhance-gpu: spec.minReplica"),
        ("type: postgresql", "type: cron", "spec.triggers.0.type: Input should be 'postgresql'"),
        ('targetQueryValue: "8"', "", "spec.triggers.0.metadata.targetQueryValue: Field required"),
        ("'enhance'", "'mux'", "ScaledObject enhance-gpu must count the queues of enhance alone."),
        ("'todo', 'doing'", "'doing'", "ScaledObject ingest does not count waiting tasks"),
        ("name: mux}", "name: muks}", "No Deployment takes from the queue mux."),
        (
            "name: gateway}\n  minR",
            "name: other}\n  minR",
            "There is no Deployment other, which is",
        ),
        ("cpu: 500m", "cpu: 500k", "Deployment gateway: '500k' is not a quantity of CPU."),
        ("{cpu: 500m}", "{}", "Deployment gateway does not say how much CPU it requests."),
        ("averageUtilization: 70", "averageValue: 1", "HorizontalPodAutoscaler gateway has no"),
        ("name: gateway}\n  minR", "name: ingest}\n  minR", "ingest has a ScaledObject and an"),
        ("kind: Deployment", "kind: [", "The manifests are not YAML"),
    ],
)
def test_what_is_unclear_is_said(old: str, new: str, sentence: str) -> None:
    assert old in CLUSTER
    with pytest.raises(ManifestsUnclear) as raised:
        read_manifests(CLUSTER.replace(old, new))
    assert sentence in str(raised.value)


@pytest.mark.parametrize("text", ["", "- one\n- two\n"])
def test_text_without_deployments_is_refused(text: str) -> None:
    with pytest.raises(ManifestsUnclear):
        read_manifests(text)
