from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nhance_models import pairs
from nhance_models.data import held_out


def photo(path: Path, size: tuple[int, int] = (60, 40)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(len(path.stem))
    Image.fromarray(random.integers(0, 256, (*size[::-1], 3), np.uint8)).save(path)


def test_suffixed_names_and_a_range(tmp_path: Path) -> None:
    for number in range(1, 7):
        photo(tmp_path / f"{number:03d}_phone.png")
        photo(tmp_path / f"{number:03d}_dslr.png")
    photo(tmp_path / "009_phone.png")
    training = pairs.read_pairs(tmp_path, "005-006", validation=False)
    validation = pairs.read_pairs(tmp_path, "005-006", validation=True)
    assert [pair.name for pair in training] == ["001", "002", "003", "004"]
    assert [pair.name for pair in validation] == ["005", "006"]
    assert validation[0].target == tmp_path / "005_dslr.png"


def test_two_folders(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        photo(tmp_path / "source" / f"{name}.png")
        photo(tmp_path / "target" / f"{name}.jpg")
    photo(tmp_path / "source" / "alone.png")
    assert [pair.name for pair in pairs.read_pairs(tmp_path, "c-c", validation=False)] == ["a", "b"]


def test_patches_of_one_scene_stay_together(tmp_path: Path) -> None:
    sides = {scene: held_out(scene) for scene in (f"scene{number:02}" for number in range(12))}
    for scene in sides:
        for place in ("0005_0005", "0005_0105", "0105_0005"):
            photo(tmp_path / "source" / f"{scene}_{place}.png")
            photo(tmp_path / "target" / f"{scene}_{place}.png")
    found = {side: pairs.read_pairs(tmp_path, validation=side) for side in (False, True)}
    for side, there in found.items():
        wanted = [scene for scene in sides for _ in range(3) if sides[scene] == side]
        assert wanted == [pair.name.rsplit("_", 2)[0] for pair in there]
    assert len({held_out(pair.name) for pair in found[False]}) == 2, "alone, names would mix them"


def test_the_layout_of_dped(tmp_path: Path) -> None:
    for number in range(3):
        for camera in ("sony", "canon"):
            photo(tmp_path / "training_data" / camera / f"{number}.jpg")
    for camera in ("sony", "canon"):
        photo(tmp_path / "test_data" / "patches" / camera / "7.jpg")
    assert len(pairs.read_pairs(tmp_path, validation=False)) == 3
    assert [pair.name for pair in pairs.read_pairs(tmp_path, validation=True)] == ["7"]


def test_what_is_no_folder_of_pairs(tmp_path: Path) -> None:
    photo(tmp_path / "001_phone.png")
    with pytest.raises(ValueError, match="holds no pairs to train on"):
        pairs.read_pairs(tmp_path, validation=False)
    with pytest.raises(ValueError, match="no range of names"):
        pairs.read_pairs(tmp_path, "7", validation=False)


def test_a_folder_without_photos_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"{tmp_path} holds no photos"):
        pairs.photos_of(tmp_path)


def test_pairs_of_two_sizes_are_refused(tmp_path: Path) -> None:
    photo(tmp_path / "1_phone.png")
    photo(tmp_path / "1_dslr.png", (64, 40))
    pair = pairs.read_pairs(tmp_path, "2-2", validation=False)[0]
    with pytest.raises(ValueError, match="differ in size: align them first"):
        pair.read()


def test_a_photo_that_breaks_off_is_named(tmp_path: Path) -> None:
    photo(tmp_path / "1_phone.png")
    whole = (tmp_path / "1_phone.png").read_bytes()
    (tmp_path / "1_dslr.png").write_bytes(whole[: len(whole) // 2])
    pair = pairs.read_pairs(tmp_path, "2-2", validation=False)[0]
    with pytest.raises(ValueError, match=r"1_dslr\.png can't be read"):
        pair.read()
    with pytest.raises(ValueError, match=r"1_dslr\.png can't be read"):
        pairs.draw_photos([pair.target], np.random.default_rng(1), count=1, side=16)


def test_windows_are_the_same_part_of_both(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    pixels = random.integers(0, 128, (40, 60, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "1_phone.png")
    Image.fromarray(2 * pixels).save(tmp_path / "1_dslr.png")
    found = pairs.read_pairs(tmp_path, "2-2", validation=False)
    source, target = pairs.draw_pairs(found, random, count=8, side=24, least=0.5)
    assert source.shape == target.shape == (8, 24, 24, 3)
    np.testing.assert_allclose(target.astype(int), 2 * source.astype(int), atol=2)
    assert len({window.tobytes() for window in source}) == 8


@pytest.mark.parametrize("side", [64, 100, 128])
def test_a_window_of_a_patch_of_the_published_size(side: int) -> None:
    windows = [pairs.draw_window((100, 100), np.random.default_rng(n), side) for n in range(50)]
    assert all(w.width <= 1 and w.left + w.width <= 1 for w in windows)
    if side >= 100:
        assert {(0.0, 0.0, 1.0, 1.0)} == {(w.left, w.top, w.width, w.height) for w in windows}
