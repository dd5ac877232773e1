"""How long a batch takes, by hand, and from figures that stand where they are said to."""

from __future__ import annotations

from pathlib import Path

import pytest

from nhance_local.simulation.hardware import GPU_NODES, Card
from nhance_local.simulation.work import PHONES, Model, batch_time

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("model", "cores", "card", "batch_s", "model_s"),
    [
        # 124.416 Mpx; a core decodes 231.8, encodes 32.81 and renders 16.73 of them a second.
        (Model.LOOK, 2.0, None, 0.5 + 5.883, 3.719),
        # 74 frames of 2.0736 Mpx a second, which the codecs beside it do not reach.
        (Model.LOOK, 3.0, Card.L4, 1.443, 0.8108),
        # L4: 300 of 3,350 GB/s, so 16.4 × 2.0736 × 0.08955 = 3.0455 Mpx/s.
        (Model.DPED, 3.0, Card.L4, 40.85, 40.85),
        # T4: 320 of 3,350 GB/s, less than its 8.1 of 67 TFLOP/s.
        (Model.DPED, 3.0, Card.T4, 38.30, 38.30),
    ],
)
def test_the_time_of_a_batch(
    model: Model, cores: float, card: Card | None, batch_s: float, model_s: float
) -> None:
    found = batch_time(PHONES, model, cores, None if card is None else GPU_NODES[card])

    assert pytest.approx(batch_s, rel=1e-3) == found.batch_s
    assert pytest.approx(model_s, rel=1e-3) == found.model_s


def test_the_speeds_are_those_that_the_document_names() -> None:
    document = (ROOT / "deploy/SCALING.md").read_text()

    assert "| 503 and 71.2 frames a second at 720p on two cores |" in document
    assert "| `look` | 36.3 frames a second at 720p on two cores |" in document
    assert "| DPED | 0.21 frames a second at 720p on two cores |" in document


def test_the_speeds_of_a_card_are_those_of_the_model_card() -> None:
    card = (ROOT / "models/MODEL_CARD.md").read_text()

    assert "| 1080p, two frames a call | 16.4 | 74.0 | 77.2 |" in card
