"""The parts of Kubernetes' and KEDA's resources that the simulation reads.

The defaults are those of the APIs: apps/v1, autoscaling/v2 and keda.sh/v1alpha1.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from nhance_local.simulation.autoscaling import (
    DEFAULT_DOWN,
    DEFAULT_UP,
    Behavior,
    Policy,
    PolicyType,
    Rules,
    SelectPolicy,
)

GPU = "nvidia.com/gpu"
SHUTDOWN_GRACE = "NHANCE_SHUTDOWN_GRACE_S"
DEFAULT_GRACE_S = 10.0  # nhance_kit.settings


class Camel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)


class Metadata(Camel):
    name: str


class Resources(Camel):
    requests: dict[str, str | float] = {}
    limits: dict[str, str | float] = {}


class Variable(Camel):
    name: str
    value: str | None = None


class PodContainer(Camel):
    name: str
    env: list[Variable] = []
    resources: Resources = Resources()
    restart_policy: Literal["Always"] | None = None


class Pod(Camel):
    containers: list[PodContainer]
    init_containers: list[PodContainer] = []
    termination_grace_period_seconds: float = 30.0
    node_selector: dict[str, str] = {}

    @property
    def on_spot(self) -> bool:
        """Whether it asks for nodes that may be taken away, as Karpenter's and EKS' labels say."""
        return any(value.lower() == "spot" for value in self.node_selector.values())

    @property
    def shutdown_grace_s(self) -> float:
        """What a worker gives its tasks on SIGTERM, within what Kubernetes gives the pod."""
        said = (
            float(one.value)
            for container in self.containers
            for one in container.env
            if one.name == SHUTDOWN_GRACE and one.value is not None
        )
        return min(next(said, DEFAULT_GRACE_S), self.termination_grace_period_seconds)

    @property
    def all_containers(self) -> list[PodContainer]:
        """Those that run as long as the pod does: native sidecars are among the init containers."""
        return [*self.containers, *(one for one in self.init_containers if one.restart_policy)]


class PodTemplate(Camel):
    spec: Pod


class DeploymentSpec(Camel):
    replicas: int = 1
    template: PodTemplate


class Deployment(Camel):
    metadata: Metadata
    spec: DeploymentSpec


def cores_of(container: PodContainer) -> float:
    """What a container requests of the processor; raises ValueError."""
    quantity = str(container.resources.requests.get("cpu", 0))
    try:
        return float(quantity[:-1]) / 1000 if quantity.endswith("m") else float(quantity)
    except ValueError:
        raise ValueError(f"{quantity!r} is not a quantity of CPU.") from None


def gpus_of(container: PodContainer) -> int:
    return int(container.resources.limits.get(GPU, 0))


class ScalingPolicy(Camel):
    type: PolicyType
    value: int = Field(gt=0)
    period_seconds: float = Field(gt=0, le=1800)


class ScalingRules(Camel):
    stabilization_window_seconds: float | None = Field(None, ge=0, le=3600)
    policies: list[ScalingPolicy] = []
    select_policy: SelectPolicy = SelectPolicy.MAX

    def rules(self, default: Rules) -> Rules:
        """What is not said is as in ``default``."""
        wait_s = self.stabilization_window_seconds
        policies = tuple(Policy(one.type, one.value, one.period_seconds) for one in self.policies)
        return Rules(
            default.stabilization_s if wait_s is None else wait_s,
            policies or default.policies,
            self.select_policy,
        )


class ScalingBehavior(Camel):
    scale_up: ScalingRules = ScalingRules()
    scale_down: ScalingRules = ScalingRules()

    def rules(self) -> Behavior:
        return Behavior(self.scale_up.rules(DEFAULT_UP), self.scale_down.rules(DEFAULT_DOWN))


class Target(Camel):
    name: str


class TriggerMetadata(Camel):
    query: str
    target_query_value: float = Field(gt=0)
    activation_target_query_value: float = 0.0


class Trigger(Camel):
    type: Literal["postgresql"]
    metadata: TriggerMetadata


class HpaConfig(Camel):
    behavior: ScalingBehavior = ScalingBehavior()


class Advanced(Camel):
    horizontal_pod_autoscaler_config: HpaConfig = HpaConfig()


class ScaledObjectSpec(Camel):
    scale_target_ref: Target
    polling_interval: float = Field(30.0, gt=0)
    cooldown_period: float = Field(300.0, ge=0)
    min_replica_count: int = Field(0, ge=0)
    max_replica_count: int = Field(100, gt=0)
    advanced: Advanced = Advanced()
    triggers: list[Trigger] = Field(min_length=1, max_length=1)


class ScaledObject(Camel):
    metadata: Metadata
    spec: ScaledObjectSpec


class ResourceTarget(Camel):
    average_utilization: float | None = None


class ResourceMetric(Camel):
    name: str
    target: ResourceTarget


class Metric(Camel):
    resource: ResourceMetric | None = None


class HpaSpec(Camel):
    scale_target_ref: Target
    min_replicas: int = Field(1, ge=0)
    max_replicas: int = Field(gt=0)
    metrics: list[Metric] = []
    behavior: ScalingBehavior = ScalingBehavior()


class HorizontalPodAutoscaler(Camel):
    metadata: Metadata
    spec: HpaSpec
