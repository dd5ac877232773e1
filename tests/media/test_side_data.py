"""What comes with a frame, of kinds that PyAV has no name for as well."""

from __future__ import annotations

from pathlib import Path

from av.sidedata.sidedata import Type as SideDataType

from nhance_media.side_data import VIEW_ID, side_data
from tests.clips import frames_of
from tests.identity import through
from tests.spatial import write_spatial


def test_a_kind_without_a_name_hides_no_other(tmp_path: Path) -> None:
    frame = frames_of(write_spatial(tmp_path / "a.mp4"))[0]

    found = side_data(frame)

    assert bytes(4) == found[VIEW_ID]
    assert SideDataType.STEREO3D in found


def test_video_with_a_layer_for_each_eye_is_taken(tmp_path: Path) -> None:
    given = through(write_spatial(tmp_path / "a.mp4"), tmp_path, preset="ultrafast")

    assert 12 == given.frames == len(frames_of(given.path))
