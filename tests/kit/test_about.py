"""What a servable says of itself decides whom its batches are left to."""

from __future__ import annotations

from pathlib import Path

import pytest

from nhance_kit.about import ABOUT, About, about_version
from nhance_kit.queue import Cost


@pytest.mark.parametrize(
    ("said", "cost"),
    [
        ('{"speed": "live"}', Cost.LIGHT),
        ('{"speed": "fast", "input": "Any frames.", "multiply_adds": 1469}', Cost.LIGHT),
        ('{"speed": "slow"}', Cost.HEAVY),
        ("{}", Cost.HEAVY),
        ('{"speed": "instant"}', Cost.HEAVY),
        ("no JSON", Cost.HEAVY),
    ],
)
def test_light_is_what_says_so(tmp_path: Path, said: str, cost: Cost) -> None:
    file = tmp_path / ABOUT
    file.parent.mkdir()
    file.write_text(said)

    assert cost == about_version(tmp_path).cost


def test_who_says_nothing_is_heavy(tmp_path: Path) -> None:
    assert About() == about_version(tmp_path)
    assert Cost.HEAVY == About().cost


def test_the_servables_that_ship_are_light() -> None:
    shipped = Path(__file__).parents[2] / "models/servables"
    costs = {path.parent.name: about_version(path).cost for path in shipped.glob("*/1")}
    assert {"look": Cost.LIGHT, "look-live": Cost.LIGHT} == costs
