from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nhance_models import data


def test_the_split_depends_on_the_name_alone() -> None:
    names = [f"photo{number}.jpg" for number in range(2000)]
    assert sum(map(data.held_out, names)) / 2000 == pytest.approx(data.HELD_OUT, abs=0.02)
    assert all(data.held_out(f"elsewhere/{n}") == data.held_out(n) for n in names[:50])


def test_both_sides_together_are_all_photos(photos: Path) -> None:
    training = data.read_photos([photos], validation=False)
    held_out = data.read_photos([photos], validation=True)
    assert not {p.name for p in training} & {p.name for p in held_out}
    assert len(training) + len(held_out) == 12


def test_weights_choose(photos: Path, tmp_path: Path) -> None:
    table = tmp_path / "weights.csv"
    table.write_text("pattern,weight,why\nphoto1*,0,dropped\nphoto*,0.5,\n")
    kept = data.read_photos([photos], data.read_weights(table), validation=False)
    assert kept
    assert not [p.name for p in kept if p.name.startswith("photo1")]
    assert {p.weight for p in kept} == {0.5}


def test_samples_have_their_shapes_and_repeat(photos: Path) -> None:
    training = data.read_photos([photos], validation=False)
    first, second = (data.draw_sample(training, np.random.default_rng(5), 96, 64) for _ in range(2))
    assert first.crop.shape == (96, 96, 3)
    assert first.thumbnail.shape == (128, 128, 3)
    assert first.patches.shape == (data.PATCHES, data.PATCH, data.PATCH, 3)
    np.testing.assert_array_equal(first.crop, second.crop)
    np.testing.assert_array_equal(first.patches, second.patches)


def test_an_unreadable_picture_is_named(tmp_path: Path) -> None:
    names = (f"broken{number}.jpg" for number in range(100))
    broken = tmp_path / next(name for name in names if not data.held_out(name))
    broken.write_bytes(b"no picture")
    with pytest.raises(ValueError, match=broken.name):
        data.read_photos([tmp_path], validation=False)


def test_a_photo_that_breaks_off_is_named(photos: Path) -> None:
    whole = (photos / "photo0.png").read_bytes()
    (photos / "half.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"half\.png can't be read as a picture"):
        data.read_photo(photos / "half.png")


def test_photos_stand_upright(tmp_path: Path) -> None:
    lying = np.zeros((40, 60, 3), np.uint8)
    lying[:20] = 255
    turned = Image.Exif()
    turned[0x0112] = 6  # TIFF 6.0, Orientation: the first row is the right-hand side
    Image.fromarray(lying).save(tmp_path / "lying.png", exif=turned)
    np.testing.assert_array_equal(np.rot90(lying, -1), data.read_photo(tmp_path / "lying.png"))


def test_no_photos(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no training photos"):
        data.read_photos([tmp_path], validation=False)
