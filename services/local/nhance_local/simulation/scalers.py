"""KEDA and the autoscalers at work on fleets, each at its own pace."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from simpy import Environment, Event

from nhance_local.simulation.autoscaling import (
    SYNC_S,
    Activation,
    Autoscaler,
    wanted_for_total,
    wanted_for_usage,
)
from nhance_local.simulation.fleet import Fleet
from nhance_local.simulation.manifests import ByQueue, ByUsage
from nhance_local.simulation.queueing import Queue

Process = Generator[Event, Any, None]


class Scalers:
    """While ``paused`` none of them does anything: their cluster is away."""

    def __init__(self, env: Environment) -> None:
        self.paused = False
        self._env = env

    def follow_queue(self, fleet: Fleet[Any], queue: Queue[Any], by: ByQueue) -> None:
        def total() -> int:
            return queue.waiting + (queue.running if by.running else 0)

        self._env.process(self._activate(fleet, total, by))
        self._env.process(self._scale_by_total(fleet, total, by))

    def follow_usage(self, fleet: Fleet[Any], used_s: Callable[[], float], by: ByUsage) -> None:
        """``used_s`` are the seconds of one core that the fleet has used until now."""
        self._env.process(self._scale_by_usage(fleet, used_s, by))

    def _activate(self, fleet: Fleet[Any], total: Callable[[], int], by: ByQueue) -> Process:
        keda = Activation(by.least, by.activation, by.cooldown_s)
        while True:
            yield self._env.timeout(by.poll_s)
            if not self.paused:
                fleet.scale_to(keda.decide(self._env.now, fleet.replicas, total()))

    def _scale_by_total(self, fleet: Fleet[Any], total: Callable[[], int], by: ByQueue) -> Process:
        # KEDA gives the autoscaler a minimum of one: without pods it does nothing.
        scaler = Autoscaler(max(1, by.least), by.most, by.behavior)
        while True:
            yield self._env.timeout(SYNC_S)
            if fleet.replicas and not self.paused:
                wanted = wanted_for_total(total(), by.target, fleet.replicas)
                fleet.scale_to(scaler.decide(self._env.now, fleet.replicas, wanted))

    def _scale_by_usage(
        self, fleet: Fleet[Any], used_s: Callable[[], float], by: ByUsage
    ) -> Process:
        scaler = Autoscaler(by.least, by.most, by.behavior)
        while True:
            before_s = used_s()
            yield self._env.timeout(SYNC_S)
            if not self.paused:
                used = (used_s() - before_s) / SYNC_S
                ready = fleet.ready
                wanted = wanted_for_usage(used, by.target, ready, fleet.replicas - ready)
                fleet.scale_to(scaler.decide(self._env.now, fleet.replicas, wanted))
