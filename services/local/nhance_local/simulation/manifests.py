"""The scaling numbers of a deployment, out of its rendered manifests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from nhance_local.errors import LocalError
from nhance_local.simulation.autoscaling import Behavior
from nhance_local.simulation.resources import (
    Deployment,
    HorizontalPodAutoscaler,
    ScaledObject,
    cores_of,
    gpus_of,
)

QUEUES = ("ingest", "enhance", "enhance-light", "mux", "webhooks")
NEEDED = ("ingest", "enhance", "mux")
"""Without somebody to take from each of these no video is ever done."""

STATES = {"todo", "doing"}


class ManifestsUnclear(LocalError):
    """The manifests do not say what the simulation has to know."""


@dataclass(frozen=True)
class ByQueue:
    """KEDA, by a count of tasks: of those that wait, and of those under way if ``running``.

    ``queues`` are counted together. What ``fallback`` says is not looked at: the database answers.
    """

    queues: frozenset[str]

    least: int
    most: int
    poll_s: float
    cooldown_s: float
    target: float
    activation: float
    running: bool
    behavior: Behavior


@dataclass(frozen=True)
class ByUsage:
    """An autoscaler by the processor: each pod should use so many cores, its ``target``.

    A metric of requests beside it is not looked at.
    """

    least: int
    most: int
    target: float
    behavior: Behavior


@dataclass(frozen=True)
class Deployed:
    """One Deployment: ``replicas`` pods to begin with, each with ``cores`` and ``gpus``.

    ``grace_s``: what a task gets on SIGTERM. ``spot``: on nodes that may be taken away.
    """

    name: str
    replicas: int
    grace_s: float
    cores: float
    gpus: int
    spot: bool
    scaler: ByQueue | ByUsage | None

    @property
    def service(self) -> str:
        """``enhance-gpu`` and ``enhance-cpu`` are both ``enhance``."""
        return _service(self.name)

    @property
    def queues(self) -> frozenset[str]:
        """Where its pods take tasks: what is counted for them, else all of the service's."""
        if isinstance(self.scaler, ByQueue):
            return self.scaler.queues
        return frozenset(queue for queue in QUEUES if _service(queue) == self.service)


def _service(name: str) -> str:
    return name.partition("-")[0]


def read_manifests(text: str) -> list[Deployed]:
    """The Deployments in a YAML stream, in the order of their names.

    Raises ManifestsUnclear with a sentence that names the manifest and what is wrong with it.
    """
    found = list(_documents(text))
    scaled: dict[str, ByQueue | HorizontalPodAutoscaler] = {
        one.spec.scale_target_ref.name: _by_queue(one) for one in _of(ScaledObject, found)
    }
    for hpa in _of(HorizontalPodAutoscaler, found):
        name = hpa.spec.scale_target_ref.name
        if name in scaled:
            raise ManifestsUnclear(f"Deployment {name} has a ScaledObject and an autoscaler.")
        scaled[name] = hpa
    deployed = sorted(_deployed(_of(Deployment, found), scaled), key=lambda one: one.name)
    if orphans := scaled.keys() - {one.name for one in deployed}:
        raise ManifestsUnclear(f"There is no Deployment {min(orphans)}, which is to be scaled.")
    taken = {one.name: one.queues for one in deployed}
    if missing := set(NEEDED).difference(*taken.values()):
        raise ManifestsUnclear(f"No Deployment takes from the queue {min(missing)}.")
    for (one, queues), (other, others) in combinations(taken.items(), 2):
        if queues & others and queues != others:
            raise ManifestsUnclear(f"{one} and {other} share some queues, which is not modelled.")
    return deployed


def _documents(text: str) -> Iterator[dict[str, Any]]:
    try:
        for document in yaml.safe_load_all(text):
            if isinstance(document, dict):
                yield document
            elif document is not None:
                raise ManifestsUnclear("The manifests are not a stream of YAML mappings.")
    except yaml.YAMLError as error:
        raise ManifestsUnclear(f"The manifests are not YAML: {error}") from error


M = TypeVar("M", bound=BaseModel)


def _of(model: type[M], documents: Iterable[dict[str, Any]]) -> Iterator[M]:
    """Those of a kind, which is what its model is called."""
    kind = model.__name__
    for document in documents:
        if document.get("kind") == kind:
            try:
                yield model.model_validate(document)
            except ValidationError as error:
                wrong = error.errors()[0]
                name = (document.get("metadata") or {}).get("name", "without a name")
                where = ".".join(map(str, wrong["loc"]))
                raise ManifestsUnclear(f"{kind} {name}: {where}: {wrong['msg']}.") from None


def _deployed(
    deployments: Iterable[Deployment], scaled: dict[str, ByQueue | HorizontalPodAutoscaler]
) -> Iterator[Deployed]:
    for one in deployments:
        name = one.metadata.name
        pod = one.spec.template.spec
        try:
            cores = sum(cores_of(each) for each in pod.all_containers)
        except ValueError as error:
            raise ManifestsUnclear(f"Deployment {name}: {error}") from None
        if cores <= 0:
            raise ManifestsUnclear(f"Deployment {name} does not say how much CPU it requests.")
        found = scaled.get(name)
        scaler = _by_usage(found, cores) if isinstance(found, HorizontalPodAutoscaler) else found
        yield Deployed(
            name,
            max(one.spec.replicas, scaler.least) if scaler else one.spec.replicas,
            pod.shutdown_grace_s,
            cores,
            sum(gpus_of(each) for each in pod.all_containers),
            pod.on_spot,
            scaler,
        )


def _by_queue(one: ScaledObject) -> ByQueue:
    name, spec = one.metadata.name, one.spec
    asked = spec.triggers[0].metadata
    service = _service(spec.scale_target_ref.name)
    literals = set(re.findall(r"'([\w-]+)'", asked.query))
    queues = frozenset(literals - STATES)
    if not queues or any(_service(queue) != service for queue in queues):
        raise ManifestsUnclear(f"ScaledObject {name} must count the queues of {service} alone.")
    if "todo" not in literals:
        raise ManifestsUnclear(f"ScaledObject {name} does not count waiting tasks ('todo').")
    return ByQueue(
        queues,
        spec.min_replica_count,
        spec.max_replica_count,
        spec.polling_interval,
        spec.cooldown_period,
        asked.target_query_value,
        asked.activation_target_query_value,
        "doing" in literals,
        spec.advanced.horizontal_pod_autoscaler_config.behavior.rules(),
    )


def _by_usage(one: HorizontalPodAutoscaler, cores: float) -> ByUsage:
    """By the first of its metrics that is the processor's."""
    for metric in one.spec.metrics:
        resource = metric.resource
        if resource is not None and resource.name == "cpu" and resource.target.average_utilization:
            share = resource.target.average_utilization / 100
            rules = one.spec.behavior.rules()
            return ByUsage(one.spec.min_replicas, one.spec.max_replicas, share * cores, rules)
    raise ManifestsUnclear(
        f"HorizontalPodAutoscaler {one.metadata.name} has no target for the utilization of cpu."
    )
