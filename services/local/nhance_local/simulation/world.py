"""Videos go through the deployment: its fleets, its queues and its scalers in one simulation."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Any

from simpy import Environment, Event

from nhance_local.simulation import work
from nhance_local.simulation.fleet import Duty, Fleet
from nhance_local.simulation.hardware import CPU_NODE, GPU_NODES, Card
from nhance_local.simulation.manifests import ByQueue, Deployed
from nhance_local.simulation.nodes import Nodes
from nhance_local.simulation.queueing import Queue
from nhance_local.simulation.scalers import Scalers
from nhance_local.simulation.traffic import (
    DAY_S,
    NOON_S,
    OUTAGE_S,
    Arrival,
    Scenario,
    arrivals,
)
from nhance_local.simulation.work import PHONES, Footage, Model

WATCH_S = 60.0
LONGEST_DAYS = 10
PATIENCE_DAYS = 1
"""How long what came in time may take to be done before the simulation gives up on it."""


@dataclass(frozen=True)
class Setting:
    """What is simulated: ``days`` of ``per_day`` videos."""

    per_day: float
    days: int
    scenario: Scenario = Scenario.STEADY
    footage: Footage = PHONES
    dped_share: float = 0.0
    card: Card = Card.L4
    seed: int = 1

    @classmethod
    def lasting(cls, per_day: float, scenario: Scenario, **others: Any) -> Setting:
        """As many days as it takes for some thousand videos, within ten days."""
        return cls(
            per_day, max(1, min(LONGEST_DAYS, math.ceil(1000 / per_day))), scenario, **others
        )


@dataclass
class Video:
    """One video on its way, with the times at which it waited. Seconds of the simulation."""

    arrival: Arrival
    batches_left: int
    queued_s: float = 0.0
    waited_s: float = 0.0
    longest_wait_s: float = 0.0
    done_s: float | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    video: Video
    queued_s: float


@dataclass(frozen=True)
class Moment:
    """How many batches waited at one time, and how many pods each Deployment was to have."""

    at_s: float
    waiting: int
    pods: dict[str, int]


class World:
    """Run it once; what it came to is in its attributes."""

    def __init__(self, deployed: Iterable[Deployed], setting: Setting) -> None:
        self.setting = setting
        self.videos: list[Video] = []
        self.model_s = 0.0
        self.moments: list[Moment] = []
        self.env = Environment()
        self.pools: dict[tuple[bool, bool], Nodes] = {}
        self.fleets: dict[str, Fleet[Any]] = {}
        self._queues: dict[str, Queue[Any]] = {}
        self._under_way = 0
        self._uploaded_core_s = 0.0
        self._scalers = Scalers(self.env)
        for one in deployed:
            self._install(one)

    def run(self) -> None:
        setting = self.setting
        end_s = setting.days * DAY_S
        self.env.process(self._arrive())
        self.env.process(self._watch())
        if setting.scenario is Scenario.OUTAGE:
            self.env.process(self._lose_region())
        self.env.run(until=end_s)
        give_up_s = end_s + PATIENCE_DAYS * DAY_S
        while self._under_way and self.env.now < give_up_s:
            self.env.run(until=self.env.now + 60)

    @property
    def gpu_paid_s(self) -> float:
        return sum(nodes.paid_s for (gpu, _), nodes in self.pools.items() if gpu)

    def _install(self, one: Deployed) -> None:
        # Those that take from the same queues have one between them.
        shared = next((self._queues[name] for name in one.queues if name in self._queues), None)
        queue: Queue[Any] = Queue(self.env) if shared is None else shared
        self._queues |= dict.fromkeys(one.queues, queue)
        fleet = Fleet(
            self.env,
            self._pool(one),
            self._duty(one, queue),
            pod_size=one.gpus or one.cores,
            grace_s=one.grace_s,
            replicas=one.replicas,
        )
        self.fleets[one.name] = fleet
        if isinstance(one.scaler, ByQueue):
            self._scalers.follow_queue(fleet, queue, one.scaler)
        elif one.scaler is not None:
            self._scalers.follow_usage(fleet, lambda: self._uploaded_core_s, one.scaler)

    def _pool(self, one: Deployed) -> Nodes:
        key = (one.gpus > 0, one.spot)
        if key not in self.pools:
            kind = GPU_NODES[self.setting.card] if one.gpus else CPU_NODE
            self.pools[key] = Nodes(self.env, kind, spot=one.spot, seed=self.setting.seed)
        return self.pools[key]

    # What pods do.

    def _duty(self, one: Deployed, queue: Queue[Any]) -> Duty[Any] | None:
        footage = self.setting.footage
        match one.service:
            case "ingest":
                return Duty(
                    queue,
                    lambda video: work.ingest_s(footage, video.arrival.length_s),
                    self._waited,
                    self._cut,
                )
            case "enhance":
                return self._enhancing(one, queue)
            case "mux":
                return Duty(
                    queue,
                    lambda video: work.mux_s(footage, video.arrival.length_s),
                    self._waited,
                    self._muxed,
                )
            case "webhooks":
                return Duty(queue, lambda _: work.WEBHOOK_S, _ignore, _ignore)
            case _:
                return None

    def _enhancing(self, one: Deployed, queue: Queue[Batch]) -> Duty[Batch]:
        gpu = GPU_NODES[self.setting.card] if one.gpus else None
        takes = {
            model: work.batch_time(self.setting.footage, model, one.cores, gpu) for model in Model
        }

        def done(batch: Batch) -> None:
            if gpu is not None:
                self.model_s += takes[batch.video.arrival.model].model_s
            self._enhanced(batch.video)

        def seconds(batch: Batch) -> float:
            return takes[batch.video.arrival.model].batch_s

        return Duty(queue, seconds, self._batch_begun, done)

    def _waited(self, video: Video) -> None:
        video.waited_s += self.env.now - video.queued_s
        video.queued_s = self.env.now

    def _cut(self, video: Video) -> None:
        video.queued_s = self.env.now
        queue = self._queues["enhance"]
        if video.arrival.model is Model.LOOK:
            queue = self._queues.get("enhance-light", queue)
        for _ in range(video.batches_left):
            queue.put(Batch(video, self.env.now))

    def _batch_begun(self, batch: Batch) -> None:
        video = batch.video
        video.longest_wait_s = max(video.longest_wait_s, self.env.now - batch.queued_s)

    def _enhanced(self, video: Video) -> None:
        video.batches_left -= 1
        if video.batches_left == 0:
            video.waited_s += video.longest_wait_s
            video.queued_s = self.env.now
            self._queues["mux"].put(video)

    def _muxed(self, video: Video) -> None:
        video.done_s = self.env.now
        self._under_way -= 1
        if "webhooks" in self._queues:
            self._queues["webhooks"].put(video)

    # What comes from outside.

    def _arrive(self) -> Generator[Event, Any, None]:
        setting = self.setting
        footage = setting.footage
        for arrival in arrivals(
            setting.per_day,
            setting.days,
            setting.scenario,
            footage,
            setting.seed,
            setting.dped_share,
        ):
            yield self.env.timeout(max(0.0, arrival.at_s - self.env.now))
            video = Video(arrival, max(1, round(arrival.length_s / work.BATCH_S)))
            video.queued_s = self.env.now
            video.waited_s = self.env.now - arrival.wanted_s
            self._uploaded_core_s += work.upload_core_s(footage, arrival.length_s)
            self.videos.append(video)
            self._under_way += 1
            self._queues["ingest"].put(video)

    def _lose_region(self) -> Generator[Event, Any, None]:
        yield self.env.timeout(NOON_S)
        while True:
            self._scalers.paused = True
            for nodes in self.pools.values():
                nodes.lose_region(OUTAGE_S)
            yield self.env.timeout(OUTAGE_S)
            self._scalers.paused = False
            yield self.env.timeout(DAY_S - OUTAGE_S)

    def _watch(self) -> Generator[Event, Any, None]:
        while True:
            queues = {id(one): one for name, one in self._queues.items() if "enhance" in name}
            waiting = sum(one.waiting for one in queues.values())
            pods = {name: fleet.replicas for name, fleet in self.fleets.items()}
            self.moments.append(Moment(self.env.now, waiting, pods))
            yield self.env.timeout(WATCH_S)


def _ignore(_: Video) -> None:
    pass
