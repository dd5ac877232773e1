from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data as pictures
from skimage.transform import ProjectiveTransform, warp
from typer.testing import CliRunner

from nhance_models import align
from nhance_models.cli import app
from nhance_models.pairs import all_pairs

# From the first camera's pixels to the second's, which stands elsewhere and sees a little larger.
MOVED = ProjectiveTransform(np.array([[1.05, 0.06, 12.0], [-0.05, 1.04, 9.0], [2e-5, -1e-5, 1.0]]))


@pytest.fixture
def shots(tmp_path: Path) -> tuple[Path, Path]:
    """The astronaut by two cameras, the second brighter and moved; and a scene that differs."""
    scene = pictures.astronaut()
    other = warp(scene, MOVED.inverse, order=3, output_shape=scene.shape) ** 0.8
    folders = tmp_path / "a", tmp_path / "b"
    for folder in folders:
        folder.mkdir()
    Image.fromarray(scene).save(folders[0] / "one.png")
    Image.fromarray((other * 255).astype(np.uint8)).save(folders[1] / "one.png")
    Image.fromarray(pictures.coffee()).save(folders[0] / "two.png")
    Image.fromarray(pictures.chelsea()).save(folders[1] / "two.png")
    return folders


def test_the_homography_is_found(shots: tuple[Path, Path]) -> None:
    a, b = (
        np.asarray(Image.open(f / "one.png").convert("L"), np.float32) / np.float32(255)
        for f in shots
    )
    corners = np.array([[60, 60], [450, 60], [450, 450], [60, 450]], float)
    found = align.homography(a, b)
    assert np.abs(found(corners) - MOVED(corners)).max() < 1.0


def test_patches_are_registered_and_keep_their_cameras_colour(shots: tuple[Path, Path]) -> None:
    found = list(align.patches(shots[0] / "one.png", shots[1] / "one.png", 64, 0.9, 512))
    assert len(found) > 15
    scene = pictures.astronaut()
    for patch in found:
        part = scene[patch.top : patch.top + 64, patch.left : patch.left + 64]
        np.testing.assert_array_equal(patch.source, part)
        assert patch.correlation >= 0.9
        wanted = (part / 255) ** 0.8
        assert np.abs(patch.target / 255 - wanted).mean() < 0.03


def test_a_target_with_more_pixels_is_reduced(shots: tuple[Path, Path]) -> None:
    large = Image.open(shots[1] / "one.png")
    large.resize((1300, 1300), Image.Resampling.LANCZOS).save(shots[1] / "large.png")
    found = list(align.patches(shots[0] / "one.png", shots[1] / "large.png", 64, 0.9, 1300))
    assert len(found) > 15


def test_the_command_leaves_pairs_and_says_what_it_left_out(
    shots: tuple[Path, Path], tmp_path: Path
) -> None:
    arguments = ["align", *map(str, shots), str(tmp_path / "pairs"), "--patch", "64"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "left out: two: too few features agree" in result.stdout
    pairs = all_pairs(tmp_path / "pairs")
    assert f"one: {len(pairs)} pairs" in result.stdout
    assert {picture.shape for pair in pairs for picture in pair.read()} == {(64, 64, 3)}
    again = CliRunner().invoke(app, arguments)
    assert again.exit_code == 1
    assert "name a new folder" in again.stderr


def test_a_photo_that_breaks_off_costs_its_scene_alone(
    shots: tuple[Path, Path], tmp_path: Path
) -> None:
    whole = (shots[1] / "two.png").read_bytes()
    (shots[1] / "two.png").write_bytes(whole[: len(whole) // 2])
    result = CliRunner().invoke(app, ["align", *map(str, shots), str(tmp_path / "pairs")])
    assert result.exit_code == 0, result.output
    assert f"left out: two: {shots[1] / 'two.png'} can't be read" in result.stdout
    assert "one: " in result.stdout


def test_nothing_is_left_when_no_scene_agrees(shots: tuple[Path, Path], tmp_path: Path) -> None:
    for folder in shots:
        (folder / "one.png").unlink()
    result = CliRunner().invoke(app, ["align", *map(str, shots), str(tmp_path / "out" / "pairs")])
    assert result.exit_code == 1
    assert "no two patches agree" in result.stderr
    assert not list((tmp_path / "out").iterdir())


def test_scenes_need_equal_names(shots: tuple[Path, Path]) -> None:
    for name in ("one", "two"):
        (shots[1] / f"{name}.png").rename(shots[1] / f"other-{name}.png")
    with pytest.raises(ValueError, match="share no names"):
        align.scenes(*shots)
