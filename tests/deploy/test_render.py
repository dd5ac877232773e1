"""Every overlay renders, and so does the base with each component alone."""

from __future__ import annotations

import pytest

from tests.deploy.rendered import COMPONENTS, OVERLAYS, component, find, name_of, named, overlay

WORKLOADS = {"gateway", "webhooks", "ingest", "enhance-cpu", "mux"}


@pytest.mark.parametrize("name", OVERLAYS)
def test_an_overlay_has_every_workload_and_no_object_twice(name: str) -> None:
    objects = overlay(name)

    keys = [(found["kind"], name_of(found)) for found in objects]
    assert len(keys) == len(set(keys))
    assert named(objects, "Deployment").keys() >= WORKLOADS
    assert {"nhance"} == {
        found["metadata"]["namespace"]
        for found in objects
        if found["kind"] not in ("Namespace", "PriorityClass")
    }


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_stands_on_the_base_alone(name: str) -> None:
    assert named(component(name), "Deployment").keys() >= WORKLOADS


@pytest.mark.parametrize("name", ["dev", "prod-example"])
def test_each_pool_of_two_takes_what_is_for_it(name: str) -> None:
    for pool, costs in (("enhance-cpu", '["light"]'), ("enhance-gpu", '["heavy"]')):
        pod = find(overlay(name), "Deployment", pool)["spec"]["template"]["spec"]
        found = {
            container["name"]: {each["name"]: each.get("value") for each in container["env"]}
            for container in [*pod["initContainers"], *pod["containers"]]
            if "env" in container
        }
        assert costs == found["enhance"]["NHANCE_ENHANCE_COSTS"]
        assert costs == found["servables"]["NHANCE_ENHANCE_COSTS"], "and loads no other models"


def test_a_gpu_is_asked_for_and_its_node_bought_alone_by_who_needs_it() -> None:
    deployments = named(overlay("prod-example"), "Deployment")
    asking = {
        name
        for name, found in deployments.items()
        for container in found["spec"]["template"]["spec"].get("initContainers", [])
        if "nvidia.com/gpu" in container.get("resources", {}).get("limits", {})
    }
    assert {"enhance-gpu"} == asking
    pod = deployments["enhance-gpu"]["spec"]["template"]["spec"]
    assert "nvidia" == pod["runtimeClassName"]
    tolerant = {
        name
        for name, found in deployments.items()
        for each in found["spec"]["template"]["spec"].get("tolerations", [])
        if each["key"] == "nvidia.com/gpu"
    }
    assert {"enhance-gpu"} == tolerant
    assert "nodeAffinity" in pod["affinity"]


@pytest.mark.parametrize("pool", ["enhance-cpu", "enhance-gpu"])
def test_models_are_there_before_their_server_and_that_before_the_worker(pool: str) -> None:
    pod = find(overlay("prod-example"), "Deployment", pool)["spec"]["template"]["spec"]
    first, second = pod["initContainers"]
    assert ("servables", "serving") == (first["name"], second["name"])
    assert ["fetch"] == first["command"][-1:]
    for sidecar in (first, second):
        assert "Always" == sidecar["restartPolicy"]
        assert "startupProbe" in sidecar, "which has to succeed before the next one starts"
    mounts = {mount["mountPath"]: mount["name"] for mount in second["volumeMounts"]}
    (worker,) = pod["containers"]
    assert mounts["/run/nhance"] in {mount["name"] for mount in worker["volumeMounts"]}
    assert mounts["/servables"] in {mount["name"] for mount in first["volumeMounts"]}


def test_on_spot_a_batch_is_handed_back_at_once() -> None:
    deployments = named(overlay("prod-example"), "Deployment")
    for pool in ("enhance-cpu", "enhance-gpu"):
        pod = deployments[pool]["spec"]["template"]["spec"]
        (worker,) = pod["containers"]
        env = {each["name"]: each.get("value") for each in worker["env"]}
        assert (15, "0") == (pod["terminationGracePeriodSeconds"], env["NHANCE_SHUTDOWN_GRACE_S"])


def test_shared_serving_changes_nothing_for_the_worker_but_the_address() -> None:
    def worker(objects: str) -> dict[str, str | None]:
        pod = find(component(objects), "Deployment", "enhance-cpu")["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        return {each["name"]: each.get("value") for each in container["env"]}

    shared, own = worker("shared-serving"), worker("seaweedfs")

    assert {"NHANCE_SERVING_ADDRESS"} == {name for name in own if own[name] != shared[name]}
    pod = find(component("shared-serving"), "Deployment", "enhance-cpu")["spec"]["template"]["spec"]
    assert [] == pod["initContainers"]
    assert "None" == find(component("shared-serving"), "Service", "serving")["spec"]["clusterIP"]
