"""The manifests that ship are such as the simulation understands."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from nhance_local.simulation.manifests import ByQueue, ByUsage, read_manifests
from nhance_local.simulation.outcome import Outcome
from nhance_local.simulation.traffic import Scenario
from nhance_local.simulation.world import Setting, World

OVERLAY = Path(__file__).parents[3] / "deploy/overlays/prod-example"
KUBECTL = shutil.which("kubectl")


@pytest.mark.skipif(
    KUBECTL is None or not OVERLAY.is_dir(), reason="skipped: no kubectl or no overlay"
)
def test_the_example_of_production_can_be_simulated() -> None:
    assert KUBECTL is not None
    command = [KUBECTL, "kustomize", str(OVERLAY)]
    rendered = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    deployed = {one.name: one for one in read_manifests(rendered)}
    world = World(deployed.values(), Setting(300, 1, Scenario.STEADY, dped_share=0.2))
    world.run()

    assert isinstance(deployed["gateway"].scaler, ByUsage)
    for name in ("ingest", "enhance-cpu", "enhance-gpu", "mux", "webhooks"):
        assert isinstance(deployed[name].scaler, ByQueue)
    assert deployed["enhance-gpu"].gpus == 1
    outcome = Outcome.of(world)
    assert 0 == outcome.undone
    assert outcome.utilization > 0
