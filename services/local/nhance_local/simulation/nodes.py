"""Nodes that come when a pod has no room, go when they are idle, and may be taken away."""

from __future__ import annotations

import random
from collections.abc import Callable, Generator
from typing import Any

from simpy import Environment, Event, Interrupt

from nhance_local.simulation.hardware import (
    NODE_IDLE_S,
    PREEMPTIONS_PER_HOUR,
    SPOT_NOTICE_S,
    SPOT_PRICE,
    NodeKind,
)

Process = Generator[Event, Any, None]


class Node:
    """``up`` happens when it has booted and pulled its image; ``evict`` are its pods' ears."""

    def __init__(self, env: Environment, room: float) -> None:
        self.since_s = env.now
        self.up = env.event()
        self.free = room
        self.idle_since_s = env.now
        self.leaving = False
        self.evict: dict[object, Callable[[float], None]] = {}


class Nodes:
    """All nodes of one kind. Paid from the moment that one is asked for until it is gone."""

    def __init__(self, env: Environment, kind: NodeKind, *, spot: bool, seed: int) -> None:
        self.kind = kind
        self.preemptions = 0
        self._env = env
        self._spot = spot
        self._chance = random.Random(f"{kind.name} {spot} {seed}")
        self._nodes: list[Node] = []
        self._paid_s = 0.0
        self._region_up = env.event()
        self._region_up.succeed()

    @property
    def paid_s(self) -> float:
        """Node-seconds until now."""
        return self._paid_s + sum(self._env.now - node.since_s for node in self._nodes)

    @property
    def cost(self) -> float:
        price = self.kind.price_per_hour * (SPOT_PRICE if self._spot else 1.0)
        return price * self.paid_s / 3600

    def room_for(
        self, pod: object, size: float, evict: Callable[[float], None]
    ) -> Generator[Event, Any, Node]:
        """Wait for room on a node that is up; ``evict`` is told how long its pod has then."""
        yield self._region_up
        node = next((one for one in self._nodes if not one.leaving and one.free >= size), None)
        if node is None:
            node = Node(self._env, self.kind.room)
            self._nodes.append(node)
            self._env.process(self._live(node))
        node.free -= size
        node.evict[pod] = evict
        try:
            yield node.up
        except Interrupt:
            self.leave(node, pod, size)
            raise
        return node

    def leave(self, node: Node, pod: object, size: float) -> None:
        if node.evict.pop(pod, None) is not None:
            node.free += size
            node.idle_since_s = self._env.now
            if not node.evict and not node.leaving:
                self._env.process(self._remove_if_idle(node))

    def lose_region(self, for_s: float) -> None:
        """Everything is gone at once, and nothing comes for so long."""
        self._region_up = self._env.timeout(for_s)
        for node in list(self._nodes):
            self._remove(node, notice_s=0.0)

    def _live(self, node: Node) -> Process:
        yield self._env.timeout(self.kind.boot_s + self.kind.pull_s)
        if node.leaving:
            return
        node.up.succeed()
        if self._spot:
            yield self._env.timeout(self._chance.expovariate(PREEMPTIONS_PER_HOUR / 3600))
            if not node.leaving:
                self.preemptions += 1
                self._remove(node, SPOT_NOTICE_S)

    def _remove_if_idle(self, node: Node) -> Process:
        yield self._env.timeout(NODE_IDLE_S)
        idle = not node.evict and self._env.now - node.idle_since_s >= NODE_IDLE_S
        if idle and not node.leaving:
            self._remove(node, notice_s=0.0)

    def _remove(self, node: Node, notice_s: float) -> None:
        node.leaving = True
        self._nodes.remove(node)
        self._paid_s += self._env.now + notice_s - node.since_s
        for evict in list(node.evict.values()):
            evict(notice_s)
