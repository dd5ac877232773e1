import csv
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from nhance_media.looks import Picture
from nhance_models import clips, colour, sheets, steadiness
from nhance_models.cli import app
from nhance_models.clips import Clip
from nhance_models.loaded import Loaded
from tests.clips import write_clip

MATRIX = colour.yuv_to_rgb_matrix("bt601", full_range=True)


def clip_of(levels: list[int], spread: int = 20) -> Clip:
    """Frames of two grey halves around a level, ten a second."""
    pictures = []
    for number, level in enumerate(levels):
        luma = np.full((32, 48, 1), level - spread, np.uint8)
        luma[:, 24:] = level + spread
        pictures.append(Picture(number, 1, luma, np.full((16, 24, 2), 128, np.uint8)))
    return Clip("levels", pictures, Fraction(1, 10), MATRIX)


def doubled(clip: Clip) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(np.clip(2 * p.luma.astype(int) - 100, 0, 255), p.chroma) for p in clip.pictures]


@pytest.fixture
def identity(tmp_path: Path) -> Loaded:
    assert CliRunner().invoke(app, ["identity", "--servables", str(tmp_path)]).exit_code == 0
    return Loaded.read(tmp_path / "identity" / "1")


@pytest.fixture(autouse=True)
def short_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steadiness, "TARGET_S", 0.5)


def test_a_model_that_changes_nothing_adds_nothing(identity: Loaded) -> None:
    clip = clip_of([100, 101, 103, 102, 102, 104, 100, 101])
    rows, changes = steadiness.measure({"identity": identity}, [clip], "levels")
    before, after = rows
    assert (before.method, after.method) == ("input", "identity")
    assert before.luma == after.luma == pytest.approx(np.mean([1, 2, 1, 0, 2, 4, 1]))
    assert after.chroma == 0
    assert after.even_luma == after.luma
    assert not changes["identity"].excess.any()
    # Frame 5 is half a second after frame 0, where a second stretch begins.
    assert changes["input"].seam.tolist() == [0, 0, 0, 0, 1, 0, 0]


def test_what_stands_still_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """A light goes on at the right; on the left nothing happens, yet the output darkens there."""
    left, right = [100, 100, 100], [100, 130, 130]
    pictures, planes = [], []
    for number, (still, lit) in enumerate(zip(left, right, strict=True)):
        luma = np.full((32, 48, 1), still, np.uint8)
        luma[:, 32:] = lit
        chroma = np.full((16, 24, 2), 128, np.uint8)
        pictures.append(Picture(number, 1, luma, chroma))
        planes.append((luma - np.uint8(4 * (number == 1)), chroma))
    monkeypatch.setattr(steadiness, "render", lambda *_: planes)
    monkeypatch.setattr(Loaded, "has_look", False)
    clip = Clip("light", pictures, Fraction(1, 10), MATRIX)
    before, after = steadiness.measure({"dark": Loaded(None)}, [clip], "light")[0]
    assert (before.still, after.still) == (0, 4)


def test_more_contrast_alone_is_no_flicker(monkeypatch: pytest.MonkeyPatch) -> None:
    clip = clip_of([100, 101, 103, 102, 102, 104])
    monkeypatch.setattr(
        steadiness,
        "render",
        lambda model, clip, pictures, following: doubled(
            Clip(clip.name, pictures, clip.time_base, clip.yuv_to_rgb)
        ),
    )
    monkeypatch.setattr(Loaded, "has_look", False)
    before, after = steadiness.measure({"doubled": Loaded(None)}, [clip], "levels")[0]
    assert after.luma == pytest.approx(2 * before.luma)
    assert after.even_luma == pytest.approx(before.luma)
    assert after.inside_95 == pytest.approx(0, abs=1e-5)


def test_a_cut_is_left_out(identity: Loaded) -> None:
    before = steadiness.measure({}, [clip_of([60, 60, 180, 180])], "cut")[0][0]
    assert (before.pairs, before.luma) == (2, 0)


def test_one_look_lasts_as_long_as_its_shot(look_model: Loaded) -> None:
    clip = clip_of([60, 62, 64, 180, 182])
    rendered = list(steadiness.render_shots(look_model, clip))
    assert len(rendered) == 5
    for at, first in ((0, 0), (2, 0), (3, 3), (4, 3)):
        picture, one = clip.pictures[at], clip.pictures[first]
        look = look_model.look((one.luma[None], one.chroma[None]), MATRIX)
        wanted = look_model.enhance((picture.luma[None], picture.chroma[None]), MATRIX, look)
        np.testing.assert_array_equal(rendered[at][0], wanted[0][0])


def test_looks_are_the_same_on_both_sides_of_a_seam(look_model: Loaded) -> None:
    clip = clip_of([100, 102, 104, 106, 108, 110, 112, 114, 116, 118, 120])
    stretches = list(steadiness.stretched(clip))
    assert [len(pictures) for pictures, _ in stretches] == [5, 5, 1]
    rendered = [frame for each in stretches for frame in steadiness.render(look_model, clip, *each)]
    assert len(rendered) == len(clip.pictures)
    for (pictures, following), at in zip(stretches, (0, 5, 10), strict=True):
        first = pictures[0]
        planes = first.luma[None], first.chroma[None]
        look = look_model.look(planes, MATRIX)
        wanted = look_model.enhance(planes, MATRIX, look)
        np.testing.assert_array_equal(rendered[at][0], wanted[0][0])
        assert following is None or following.pts == at + 5


def test_a_still_scene_has_fresh_noise() -> None:
    clip = clips.still(clip_of([100, 140, 180]), seed=1)
    first, second, third = (picture.luma.astype(int) for picture in clip.pictures)
    assert first.mean() == pytest.approx(third.mean(), abs=1)
    assert (first - second).std() == pytest.approx(clips.LUMA_NOISE * 2**0.5, rel=0.1)


def test_a_video_is_read_and_reduced(tmp_path: Path) -> None:
    write_clip(tmp_path / "a.mp4", size=(130, 98))
    (tmp_path / "b.mp4").write_bytes(b"nothing")
    assert [path.name for path in clips.videos_in(tmp_path)] == ["a.mp4", "b.mp4"]
    clip = clips.read_clip(tmp_path / "a.mp4", frames=3, long_side=70)
    assert len(clip.pictures) == 3
    assert clip.pictures[0].luma.shape == (48, 64, 1)
    assert clip.pictures[0].chroma.shape == (24, 32, 2)
    with pytest.raises(ValueError, match=r"b\.mp4: "):
        clips.read_clip(tmp_path / "b.mp4", frames=3, long_side=70)


def test_evaluation_on_videos_leaves_tables_a_plot_and_a_sheet(
    tmp_path: Path, look_model_folder: Path
) -> None:
    videos = tmp_path / "videos"
    videos.mkdir()
    write_clip(videos / "a.mp4")
    (videos / "b.mkv").write_bytes(b"nothing")
    arguments = ["evaluate", str(look_model_folder), "--videos", str(videos), "--frames", "20"]
    result = CliRunner().invoke(app, [*arguments, "--out", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    assert "left out: b.mkv" in result.stdout
    with (tmp_path / "out" / "steadiness.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["method"] for row in rows] == ["input", "look/1", "look/1, one look"] * 2
    assert float(rows[1]["frames_per_second"]) > 0
    assert float(rows[1]["still"]) >= 0
    with Image.open(tmp_path / "out" / "videos.jpg") as sheet:
        assert sheet.width == 2 * 400 + 6
    assert (tmp_path / "out" / "steadiness.png").stat().st_size > 0


def test_a_sheet_takes_a_dozen_from_all_over() -> None:
    assert sheets.evenly(list(range(100))) == [0, 9, 18, 27, 36, 45, 54, 63, 72, 81, 90, 99]
    assert sheets.evenly([3, 1]) == [3, 1]
    assert sheets.evenly([]) == []
