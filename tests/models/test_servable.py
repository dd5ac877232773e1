import json
from pathlib import Path

import numpy as np
import pytest

from nhance_models import about, colour, dped, rendering, servable
from nhance_models.about import About, Speed
from nhance_models.loaded import Loaded
from nhance_models.sizes import PRESETS

SHIPPED = Path(__file__).parents[2] / "models" / "servables"


def inputs_of(model: Loaded, signature: str) -> set[tuple[str, str]]:
    _, specs = model.model.signatures[signature].structured_input_signature
    return {(name, spec.dtype.name) for name, spec in specs.items()}


PLANES = {("luma", "uint8"), ("chroma", "uint8"), ("yuv_to_rgb", "float32")}
ENHANCE = PLANES | {("strength", "float32")}


def test_signatures_of_look(look_model: Loaded) -> None:
    assert set(look_model.model.signatures) == {"enhance", "look", "serving_default"}
    assert inputs_of(look_model, "enhance") == ENHANCE | {("look", "float32")}
    assert inputs_of(look_model, "look") == PLANES
    assert inputs_of(look_model, "serving_default") == {("frames", "float32")}


def test_identity_returns_its_input(tmp_path: Path) -> None:
    folder = servable.export(servable.identity(), tmp_path, "identity", 1)
    model = Loaded.read(folder)
    assert inputs_of(model, "enhance") == ENHANCE
    random = np.random.default_rng(6)
    planes = tuple(random.integers(0, 256, s, np.uint8) for s in [(3, 5, 7, 1), (3, 3, 4, 2)])
    same = model.enhance((planes[0], planes[1]), colour.yuv_to_rgb_matrix("bt601", full_range=True))
    np.testing.assert_array_equal(same[0], planes[0])
    np.testing.assert_array_equal(same[1], planes[1])
    frames = random.uniform(0, 1, (1, 4, 6, 3)).astype(np.float32)
    np.testing.assert_array_equal(model.frames(frames), frames)


def test_a_version_is_written_whole_and_never_again(tmp_path: Path) -> None:
    folder = servable.export(servable.identity(), tmp_path, "identity", 2)
    assert folder == tmp_path / "identity" / "2"
    assert [path.name for path in folder.parent.iterdir()] == ["2"]
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(FileExistsError, match="never overwritten"):
        servable.export(servable.identity(), tmp_path, "identity", 2)
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_version_tells_of_itself(tmp_path: Path) -> None:
    folder = servable.export(servable.identity(), tmp_path, "identity", 1)
    assert json.loads((folder / about.FILE).read_text()) == {
        "input": "Any frames, which it leaves.",
        "multiply_adds": 0,
        "speed": "live",
    }


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_what_ships_tells_what_it_costs(name: str) -> None:
    told = json.loads((SHIPPED / name / "1" / about.FILE).read_text())
    cost = rendering.cost(PRESETS[name])
    assert (round(cost), About("", cost).speed) == (told["multiply_adds"], told["speed"])


def test_classes_of_speed() -> None:
    costs = {name: About("", rendering.cost(sizes)).speed for name, sizes in PRESETS.items()}
    assert costs == {"look": Speed.FAST, "look-live": Speed.LIVE}
    assert About("", dped.multiply_adds()).speed == Speed.SLOW


def test_a_failed_export_leaves_nothing(tmp_path: Path) -> None:
    broken = servable.Servable({"enhance": "no function"}, {}, About("Nothing.", 0))
    with pytest.raises((ValueError, TypeError)):
        servable.export(broken, tmp_path, "broken", 1)
    assert not list((tmp_path / "broken").iterdir())


@pytest.mark.parametrize(("name", "version"), [("", 1), ("../up", 1), (".hidden", 1), ("look", 0)])
def test_names_that_can_not_be(tmp_path: Path, name: str, version: int) -> None:
    with pytest.raises(ValueError, match=r"can't be|count from 1"):
        servable.export(servable.identity(), tmp_path, name, version)
