"""Whole simulations: what happens when, that nothing is lost, and the same seed's same figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nhance_local.simulation import world as world_module
from nhance_local.simulation.hardware import GPU_NODES, Card
from nhance_local.simulation.manifests import ByQueue, Deployed, read_manifests
from nhance_local.simulation.outcome import Outcome
from nhance_local.simulation.traffic import DAY_S, NOON_S, OUTAGE_S, Arrival, Scenario, arrivals
from nhance_local.simulation.work import PHONES, Model, batch_time, ingest_s, mux_s
from nhance_local.simulation.world import Setting, World

CLUSTER = read_manifests((Path(__file__).parent / "cluster.yaml").read_text())


def ran(setting: Setting, deployed: list[Deployed] = CLUSTER) -> World:
    world = World(deployed, setting)
    world.run()
    return world


def test_the_first_video_waits_for_keda_the_node_and_the_pod(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    came = Arrival(wanted_s=1003.0, at_s=1003.0, length_s=10.0, model=Model.LOOK)
    monkeypatch.setattr(world_module, "arrivals", lambda *_: iter([came]))
    world = ran(Setting(1, 1))

    (video,) = world.videos
    assert video.done_s is not None
    card = GPU_NODES[Card.L4]
    cut_s = 1003.0 + ingest_s(PHONES, 10.0)
    asked_s = 1010.0  # KEDA's next poll
    ready_s = asked_s + card.boot_s + card.pull_s + card.pod_start_s
    takes_s = batch_time(PHONES, Model.LOOK, 3.0, card).batch_s
    # Five batches on one pod: the count, 5, is within one target of 8. The last waits for four.
    assert pytest.approx(ready_s + 4 * takes_s - cut_s) == video.waited_s
    assert pytest.approx(ready_s + 5 * takes_s + mux_s(PHONES, 10.0)) == video.done_s
    assert pytest.approx(0.0, abs=1e-3) == world.model_s - 5 * 124.416 / 153.4464


def test_light_and_heavy_batches_have_pools_of_their_own() -> None:
    (gpu,) = (one for one in CLUSTER if one.name == "enhance-gpu")
    assert isinstance(gpu.scaler, ByQueue)
    light = replace(gpu.scaler, queues=frozenset({"enhance-light"}))
    cpu = replace(gpu, name="enhance-cpu", gpus=0, spot=False, scaler=light)
    world = ran(Setting(500, 1, dped_share=0.3), [*CLUSTER, cpu])
    heavy = [one for one in world.videos if one.arrival.model is Model.DPED]

    batches = sum(max(1, round(one.arrival.length_s / 2)) for one in heavy)
    dped_s = batch_time(PHONES, Model.DPED, 3.0, GPU_NODES[Card.L4]).model_s
    assert 0.2 < len(heavy) / len(world.videos) < 0.4
    assert pytest.approx(batches * dped_s) == world.model_s, "the GPU had DPED, and nothing else"
    assert 0 == Outcome.of(world).undone


def test_the_scaler_follows_the_queue_and_goes_back_to_none() -> None:
    world = ran(Setting(1000, 1))
    pods = [moment.pods["enhance-gpu"] for moment in world.moments]

    assert 0 in pods
    assert max(pods) > 4
    assert all(2 <= moment.pods["gateway"] <= 20 for moment in world.moments)
    assert all(3 == moment.pods["mux"] for moment in world.moments)


@pytest.mark.parametrize("scenario", Scenario)
def test_every_video_is_done_and_the_same_seed_gives_the_same_figures(scenario: Scenario) -> None:
    setting = Setting(500, 1, scenario)
    first, again = ran(setting), ran(setting)

    assert Outcome.of(first) == Outcome.of(again)
    assert Outcome.of(first) != Outcome.of(ran(replace(setting, seed=2)))
    assert all(one.done_s is not None for one in first.videos)
    assert all(one.batches_left == 0 for one in first.videos)
    assert 0 == Outcome.of(first).undone


def test_pods_too_few_for_the_load_leave_videos_undone() -> None:
    few = [
        replace(one, scaler=replace(one.scaler, most=1))
        if isinstance(one.scaler, ByQueue) and one.name == "enhance-gpu"
        else one
        for one in CLUSTER
    ]
    outcome = Outcome.of(ran(Setting(20_000, 1), few))

    assert outcome.undone > 0
    assert 1 == outcome.most_gpu_pods


def test_an_outage_is_waited_out_and_its_videos_are_told_apart() -> None:
    world = ran(Setting(3000, 1, Scenario.OUTAGE))
    outcome = Outcome.of(world)
    concerned = [one for one in world.videos if Scenario.OUTAGE.concerns(one.arrival.wanted_s)]

    assert len(concerned) == outcome.videos > 100
    assert all(one.arrival.at_s > NOON_S + OUTAGE_S for one in concerned)
    left_s = [NOON_S + OUTAGE_S - one.arrival.wanted_s for one in concerned]
    assert all(one.waited_s > rest_s for one, rest_s in zip(concerned, left_s, strict=True))
    dark = [one for one in world.videos if one.done_s and 0 < one.done_s - NOON_S < OUTAGE_S]
    assert [] == dark


def test_the_day_swings_and_has_as_many_videos_as_were_asked_for() -> None:
    found = list(arrivals(20_000, 5, Scenario.STEADY, PHONES, seed=3))
    by_hour = [0] * 24
    for one in found:
        by_hour[int(one.at_s % DAY_S // 3600)] += 1

    # Poisson: a standard deviation of 316 in all.
    assert abs(len(found) - 100_000) < 4 * 316
    assert by_hour[12] > 5 * by_hour[0]
    assert [one.at_s for one in found] == sorted(one.at_s for one in found)


def test_a_burst_is_a_tenth_of_the_day() -> None:
    found = [
        one
        for one in arrivals(20_000, 1, Scenario.BURST, PHONES, seed=3)
        if Scenario.BURST.concerns(one.wanted_s)
    ]
    # 2,000 of the burst and 225 of ten minutes at noon, with a standard deviation of 47.
    assert abs(len(found) - 2225) < 4 * 47
