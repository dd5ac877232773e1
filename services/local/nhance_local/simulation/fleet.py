"""The pods of one Deployment: they start, take tasks, and stop as Kubernetes and the worker do."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from simpy import Environment, Event, Interrupt, Process

from nhance_local.simulation.nodes import Node, Nodes
from nhance_local.simulation.queueing import Queue

T = TypeVar("T")


@dataclass(frozen=True)
class Duty(Generic[T]):
    """What pods do: ``seconds`` of work for each task of ``queue``, and whom they tell of it."""

    queue: Queue[T]
    seconds: Callable[[T], float]
    begun: Callable[[T], None]
    done: Callable[[T], None]


class Pod(Generic[T]):
    """One pod. SIGTERM is an Interrupt whose cause is the seconds until SIGKILL."""

    def __init__(self, fleet: Fleet[T]) -> None:
        self.ready = False
        self._fleet = fleet
        self._env = fleet.env
        self._process: Process = self._env.process(self._live())

    def stop(self, grace_s: float) -> None:
        self._process.interrupt(grace_s)

    def _live(self) -> Generator[Event, Any, None]:
        fleet = self._fleet
        node: Node | None = None
        try:
            node = yield from fleet.nodes.room_for(self, fleet.pod_size, self._evicted)
            yield self._env.timeout(fleet.nodes.kind.pod_start_s)
            self.ready = True
            while fleet.duty is not None:
                yield from self._one(fleet.duty)
            yield self._env.event()
        except Interrupt:
            pass
        if node is not None:
            fleet.nodes.leave(node, self, fleet.pod_size)

    def _one(self, duty: Duty[T]) -> Generator[Event, Any, None]:
        """Take a task and do it; one that can't be finished in the grace period is handed back."""
        taking = duty.queue.take()
        try:
            task: T = yield taking
        except Interrupt:
            duty.queue.leave(taking)
            raise
        duty.begun(task)
        end_s = self._env.now + duty.seconds(task)
        try:
            yield self._env.timeout(end_s - self._env.now)
        except Interrupt as term:
            grace_s, left_s = float(term.cause or 0.0), end_s - self._env.now
            try:
                yield self._env.timeout(min(left_s, grace_s))
            except Interrupt:
                duty.queue.put_back(task)
                raise
            if left_s > grace_s:
                self._fleet.handed_back += 1
                duty.queue.put_back(task)
            else:
                self._finish(duty, task)
            raise
        self._finish(duty, task)

    def _finish(self, duty: Duty[T], task: T) -> None:
        duty.queue.done()
        duty.done(task)

    def _evicted(self, notice_s: float) -> None:
        self._fleet.lost(self, notice_s)


class Fleet(Generic[T]):
    """Keeps as many pods as it is told to. Without a ``duty`` they are just there."""

    def __init__(
        self,
        env: Environment,
        nodes: Nodes,
        duty: Duty[T] | None,
        *,
        pod_size: float,
        grace_s: float,
        replicas: int,
    ) -> None:
        self.env = env
        self.nodes = nodes
        self.duty = duty
        self.pod_size = pod_size
        self.handed_back = 0
        self.peak = 0
        self._grace_s = grace_s
        self._pods: list[Pod[T]] = []
        self.scale_to(replicas)

    @property
    def replicas(self) -> int:
        return len(self._pods)

    @property
    def ready(self) -> int:
        return sum(pod.ready for pod in self._pods)

    def scale_to(self, replicas: int) -> None:
        """Of too many, those go first that are not ready, then the youngest.

        Kubernetes, "ReplicaSet", section on scaling down.
        """
        while len(self._pods) < replicas:
            self._pods.append(Pod(self))
        surplus = len(self._pods) - replicas
        if surplus > 0:
            newest_first = list(reversed(self._pods))
            for pod in sorted(newest_first, key=lambda pod: pod.ready)[:surplus]:
                self._pods.remove(pod)
                pod.stop(self._grace_s)
        self.peak = max(self.peak, replicas)

    def lost(self, pod: Pod[T], notice_s: float) -> None:
        """A pod's node goes: another one takes its place at once."""
        pod.stop(min(self._grace_s, notice_s))
        if pod in self._pods:
            self._pods.remove(pod)
            self._pods.append(Pod(self))
