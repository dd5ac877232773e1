from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nhance_models import look, servable
from nhance_models.loaded import Loaded


@pytest.fixture(scope="session")
def sizes() -> look.LookConfig:
    """A network small enough to train for a few steps in a test."""
    return look.LookConfig(size=8, channels=8, context_channels=8, blocks=1)


@pytest.fixture(scope="session")
def look_model_folder(sizes: look.LookConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A servable of `look` with fresh weights made louder, so that it changes what it sees."""
    weights = look.new_weights(sizes, seed=3)
    weights["tail"].assign(3 * weights["tail"])
    weights["bend_bias"].assign([0.4, 0.6, -0.2, 0.1, 0.1, 0.05, 0.05, -0.05, 0.1, -0.05])
    return servable.export(
        servable.look_servable(weights, sizes), tmp_path_factory.mktemp("servables"), "look", 1
    )


@pytest.fixture(scope="session")
def look_model(look_model_folder: Path) -> Loaded:
    return Loaded.read(look_model_folder)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of a dozen synthetic photographs, at least one on each side of the split."""
    random = np.random.default_rng(0)
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(12):
        coarse = random.integers(0, 256, (9, 12, 3), np.uint8)
        Image.fromarray(coarse).resize((400, 300)).save(folder / f"photo{number}.png")
    return folder


@pytest.fixture(scope="session")
def data() -> Path:
    """The data folder beside the checkout; what needs it is skipped without it."""
    folder = Path(__file__).parents[3] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("skipped: no ../shared/data")
    return folder
