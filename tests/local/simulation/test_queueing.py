"""A queue with its pods, against the theory of queues and against itself."""

from __future__ import annotations

import math
import random
from collections.abc import Generator
from typing import Any

import numpy as np
from simpy import Environment, Event

from nhance_local.simulation.fleet import Duty, Fleet
from nhance_local.simulation.hardware import NodeKind
from nhance_local.simulation.nodes import Nodes
from nhance_local.simulation.queueing import Queue

HERE = NodeKind("here", 100, 0.0, boot_s=0.0, pull_s=0.0, pod_start_s=0.0)


def erlang_c(servers: int, offered: float) -> float:
    """The probability of waiting in M/M/c. Erlang, 1917; Kleinrock, Queueing Systems I, §3.4."""
    busy = offered**servers / math.factorial(servers) * servers / (servers - offered)
    return busy / (sum(offered**k / math.factorial(k) for k in range(servers)) + busy)


def test_fixed_pods_wait_as_erlang_has_it() -> None:
    servers, rate, service_s, customers = 4, 0.8, 4.0, 100_000
    chance = random.Random(5)
    env = Environment()
    queue: Queue[float] = Queue(env)
    waits: list[float] = []
    duty = Duty(
        queue,
        lambda _: chance.expovariate(1 / service_s),
        lambda put_s: waits.append(env.now - put_s),
        lambda _: None,
    )
    nodes = Nodes(env, HERE, spot=False, seed=1)
    Fleet(env, nodes, duty, pod_size=1, grace_s=0, replicas=servers)

    def arrive() -> Generator[Event, Any, None]:
        for _ in range(customers):
            yield env.timeout(chance.expovariate(rate))
            queue.put(env.now)

    env.process(arrive())
    env.run()

    assert customers == len(waits)
    expected_s = erlang_c(servers, rate * service_s) * service_s / (servers - rate * service_s)
    # Waits of neighbours are alike, means of 2,000 of them hardly are: their spread tells how far
    # the mean of all may be off. Four standard errors, and a seed that is fixed.
    means = np.array(waits).reshape(-1, 2000).mean(axis=1)
    error_s = means.std(ddof=1) / math.sqrt(len(means))
    assert error_s < 0.05 * expected_s
    assert abs(means.mean() - expected_s) < 4 * error_s


def test_what_was_not_done_goes_first_again() -> None:
    env = Environment()
    queue: Queue[str] = Queue(env)
    for task in ("a", "b"):
        queue.put(task)
    first = queue.take()
    assert ("a", 1, 1) == (first.value, queue.waiting, queue.running)

    queue.put_back("a")

    assert ["a", "b"] == [queue.take().value, queue.take().value]


def test_leaving_in_the_instant_of_being_served_loses_nothing() -> None:
    env = Environment()
    queue: Queue[str] = Queue(env)
    leaving, staying = queue.take(), queue.take()
    queue.put("a")
    assert leaving.triggered

    queue.leave(leaving)

    assert "a" == staying.value
    assert (0, 1) == (queue.waiting, queue.running)
