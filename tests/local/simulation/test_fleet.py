"""Pods and nodes: how they come, and how they go without losing a task."""

from __future__ import annotations

import pytest
from simpy import Environment

from nhance_local.simulation import nodes as nodes_module
from nhance_local.simulation.fleet import Duty, Fleet
from nhance_local.simulation.hardware import NODE_IDLE_S, NodeKind
from nhance_local.simulation.nodes import Nodes
from nhance_local.simulation.queueing import Queue

KIND = NodeKind("kind", 2, 3600.0, boot_s=50.0, pull_s=30.0, pod_start_s=20.0)
UP_S = 100.0


class Scene:
    """Pods of two on a node of two; a task's name is the seconds that it takes."""

    def __init__(self, replicas: int, grace_s: float = 10.0, *, spot: bool = False) -> None:
        self.env = Environment()
        self.queue: Queue[float] = Queue(self.env)
        self.begun: list[tuple[float, float]] = []
        self.done: list[tuple[float, float]] = []
        self.nodes = Nodes(self.env, KIND, spot=spot, seed=1)
        duty = Duty(
            self.queue,
            lambda seconds: seconds,
            lambda task: self.begun.append((task, self.env.now)),
            lambda task: self.done.append((task, self.env.now)),
        )
        self.fleet = Fleet(
            self.env, self.nodes, duty, pod_size=1, grace_s=grace_s, replicas=replicas
        )


def test_a_node_boots_and_pulls_once_for_all_its_pods() -> None:
    scene = Scene(2)
    for _ in range(4):
        scene.queue.put(1.0)
    scene.env.run(until=UP_S + 0.5)
    scene.fleet.scale_to(3)
    scene.env.run(until=110)
    assert [100.0, 100.0, 101.0, 101.0] == [at_s for _, at_s in scene.begun]
    assert (3, 2) == (scene.fleet.replicas, scene.fleet.ready)

    scene.fleet.scale_to(1)
    scene.fleet.scale_to(2)
    scene.env.run(until=131)
    assert 2 == scene.fleet.ready, "there was room on the first node, which has the image"


def test_a_node_is_paid_from_being_asked_for_until_it_was_idle_for_long() -> None:
    scene = Scene(1)
    scene.env.run(until=200)
    scene.fleet.scale_to(0)
    scene.env.run(until=10_000)

    assert 200 + NODE_IDLE_S == scene.nodes.paid_s
    assert 200 + NODE_IDLE_S == scene.nodes.cost, "at a dollar a second"


def test_an_idle_node_that_is_used_again_stays() -> None:
    scene = Scene(1)
    scene.env.run(until=200)
    scene.fleet.scale_to(0)
    scene.env.run(until=500)
    scene.fleet.scale_to(1)
    scene.env.run(until=510)
    scene.fleet.scale_to(0)
    scene.env.run(until=10_000)

    assert 510 + NODE_IDLE_S == scene.nodes.paid_s


def test_scaling_in_takes_pods_that_are_not_ready_then_the_youngest() -> None:
    scene = Scene(1)
    scene.env.run(until=150)
    scene.fleet.scale_to(2)
    scene.env.run(until=170)
    scene.fleet.scale_to(3)
    for task in (300.0, 301.0):
        scene.queue.put(task)
    scene.env.run(until=175)

    scene.fleet.scale_to(2)
    assert 2 == scene.fleet.ready
    scene.fleet.scale_to(1)
    scene.env.run(until=190)
    scene.env.run(until=1000)

    assert [(300.0, 470.0), (301.0, 771.0)] == scene.done, "the older pod did both in the end"
    assert 1 == scene.fleet.handed_back


@pytest.mark.parametrize(
    ("grace_s", "begun", "done_s"),
    [
        (30.0, [100.0], 140.0),
        (5.0, [100.0, 139.0], 179.0),  # given back at 120, when the new pod is not ready yet
    ],
)
def test_a_task_is_finished_within_the_grace_or_handed_back(
    grace_s: float, begun: list[float], done_s: float
) -> None:
    scene = Scene(1, grace_s)
    scene.queue.put(40.0)
    scene.env.run(until=115)
    scene.fleet.scale_to(0)
    scene.env.run(until=119)
    scene.fleet.scale_to(1)
    scene.env.run(until=500)

    assert [(40.0, at_s) for at_s in begun] == scene.begun
    assert [(40.0, done_s)] == scene.done
    assert (0, 0) == (scene.queue.waiting, scene.queue.running)


def test_a_spot_node_that_goes_is_replaced_and_its_tasks_are_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(nodes_module, "PREEMPTIONS_PER_HOUR", 3.0)
    scene = Scene(2, grace_s=600.0, spot=True)
    for _ in range(200):
        scene.queue.put(150.0)
    scene.env.run(until=40_000)

    assert scene.nodes.preemptions > 5
    assert scene.fleet.handed_back > 0, "two minutes of notice are shorter than the grace"
    assert 200 == len(scene.done)
    assert 200 + scene.fleet.handed_back == len(scene.begun)
    assert 2 == scene.fleet.replicas


def test_a_region_that_is_lost_comes_back_with_everything() -> None:
    scene = Scene(2)
    scene.queue.put(40.0)
    scene.env.run(until=120)

    scene.nodes.lose_region(1000.0)
    scene.env.run(until=1119)
    assert (0, 2) == (scene.fleet.ready, scene.fleet.replicas)
    scene.env.run(until=2000)

    assert [(40.0, 100.0), (40.0, 1220.0)] == scene.begun
    assert [(40.0, 1260.0)] == scene.done
