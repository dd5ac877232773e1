"""How long a batch takes, by hand, and from figures that stand where they are said to."""

from __future__ import annotations

from pathlib import Path

import pytest

from nhance_local.simulation.hardware import GPU_NODES, Card
from nhance_local.simulation.work import COSTS, PHONES, Model, batch_time

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("model", "cores", "card", "batch_s", "model_s"),
    [
        # 124.416 Mpx; a core decodes 272.3, encodes 35.07 and renders 7.327 of them a second.
        (Model.LOOK, 2.0, None, 0.5 + 10.493, 8.490),
        # L4: 0.25 × 30.3e12 / (2 × 1,469) = 2,578 Mpx/s, more than goes through the socket.
        (Model.LOOK, 3.0, Card.L4, 1.335, 124.416 / 300),
        # 0.25 × 30.3e12 / (2 × 399,744) = 9.475 Mpx/s.
        (Model.DPED, 3.0, Card.L4, 13.131, 13.131),
        (Model.DPED, 3.0, Card.T4, 49.12, 49.12),
    ],
)
def test_the_time_of_a_batch(
    model: Model, cores: float, card: Card | None, batch_s: float, model_s: float
) -> None:
    found = batch_time(PHONES, model, cores, None if card is None else GPU_NODES[card])

    assert pytest.approx(batch_s, rel=1e-3) == found.batch_s
    assert pytest.approx(model_s, rel=1e-3) == found.model_s


def test_the_speeds_are_those_of_the_readme() -> None:
    rows = [line for line in (ROOT / "README.md").read_text().splitlines() if "| 720p |" in line]

    assert "| `look` | 720p | 591 | 15.9 | 76.1 |" in rows[0]
    assert "| DPED | 720p | 510 | 0.24 |" in rows[1]


def test_the_costs_are_those_of_the_model_card() -> None:
    card = (ROOT / "models/MODEL_CARD.md").read_text()

    assert f"{COSTS[Model.LOOK].multiply_adds:,} multiply-adds a pixel" in card
    assert f"DPED has {COSTS[Model.DPED].multiply_adds:,}" in card
