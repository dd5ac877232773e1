"""What a file says of itself is kept, or gone from every byte of it."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from nhance_kit.jobs import Metadata
from nhance_media.tags import kept, names_a_place
from tests.media.muxed import mux
from tests.media.sources import write_everything, write_with_sound, write_with_track

PLACE = (b"37.7450", b"122.4301", b"066.374")
MAKER = (b"Acme", b"My film", b"2021-02-03", b"Kommentar")

SOURCES = {
    "MP4": ("a.mp4", ("-c:a", "aac", "-c:s", "mov_text")),
    "MP4 with QuickTime's tags": (
        "a.mp4",
        ("-c:a", "aac", "-c:s", "mov_text", "-movflags", "use_metadata_tags"),
    ),
    "MOV": ("a.mov", ("-c:a", "pcm_s16le", "-c:s", "mov_text")),
    "MKV": ("a.mkv", ("-c:a", "aac", "-c:s", "srt")),
}


def tags_of(path: Path) -> dict[str, str]:
    with av.open(str(path)) as container:
        return {key.lower(): value for key, value in container.metadata.items()}


@pytest.mark.parametrize("name", SOURCES)
def test_it_is_kept_by_default(tmp_path: Path, name: str) -> None:
    file, options = SOURCES[name]
    source = write_everything(tmp_path / file, *options)

    output, _ = mux(source, tmp_path)

    before, after = tags_of(source), tags_of(output)
    told = {"title", "make", "location", "creation_time"} & set(before)
    assert {"title", "location"} <= told
    assert {key: before[key] for key in told} == {key: after[key] for key in told}


@pytest.mark.parametrize("name", SOURCES)
def test_the_place_can_be_stripped(tmp_path: Path, name: str) -> None:
    file, options = SOURCES[name]
    source = write_everything(tmp_path / file, *options)
    assert [] != [each for each in PLACE if each in source.read_bytes()]

    output, _ = mux(source, tmp_path, metadata=Metadata.STRIP_LOCATION)

    whole = output.read_bytes()
    assert [] == [each for each in PLACE if each in whole]
    assert tags_of(source)["title"] == tags_of(output)["title"]
    assert tags_of(source).get("creation_time") == tags_of(output).get("creation_time")


@pytest.mark.parametrize("name", SOURCES)
def test_all_of_it_can_be_stripped(tmp_path: Path, name: str) -> None:
    file, options = SOURCES[name]
    source = write_everything(tmp_path / file, *options)

    output, _ = mux(source, tmp_path, metadata=Metadata.STRIP)

    whole = output.read_bytes()
    assert [] == [each for each in (*PLACE, *MAKER) if each in whole]
    assert "creation_time" not in tags_of(output)
    with av.open(str(output)) as container:
        assert ["One", "Two"] == [each["metadata"]["title"] for each in container.chapters()]
        assert "timecode" not in container.streams.video[0].metadata
        after = [each.metadata.get("language") for each in container.streams.audio]
    with av.open(str(source)) as container:
        assert [each.metadata.get("language") for each in container.streams.audio] == after
    assert "fra" in after


@pytest.mark.parametrize("policy", [Metadata.STRIP_LOCATION, Metadata.STRIP])
@pytest.mark.parametrize("kind", [b"mebx", b"camm", b"gpmd"])
def test_tracks_of_data_that_may_tell_the_place_go_and_are_named(
    tmp_path: Path, kind: bytes, policy: Metadata
) -> None:
    source = write_with_track(tmp_path / "source.mp4", kind)

    output, left_out = mux(source, tmp_path, metadata=policy)

    assert [] == [each for each in PLACE if each in output.read_bytes()]
    assert [2] == [warning.stream for warning in left_out]
    assert "could tell where the video was filmed" in left_out[0].sentence


def test_the_tags_of_phones_stay_where_their_galleries_look(tmp_path: Path) -> None:
    source = write_with_sound(tmp_path / "a.mov", "aac", "-metadata", "location=+10.0000+020.0000/")

    output, _ = mux(source, tmp_path)

    assert b"\xa9xyz" in source.read_bytes()
    assert b"\xa9xyz" in output.read_bytes().partition(b"mdat")[0]


def test_the_time_of_an_avi_is_not_moved_by_the_servers_zone() -> None:
    tags = {"creation_time": "2021-03-26 21:19:07"}
    assert {"creation_time": "2021-03-26T21:19:07Z"} == kept(tags, Metadata.KEEP)


@pytest.mark.parametrize(
    ("key", "value", "place"),
    [
        ("location", "", True),
        ("com.apple.quicktime.location.ISO6709", "+37.7450-122.4301+066.374/", True),
        ("com.apple.quicktime.location.accuracy.horizontal", "3.75", True),
        ("comment", "+37.7450-122.4301/", True),
        ("description", "at 37.7450, -122.4301", True),
        ("com.apple.quicktime.creationdate", "2021-05-25T09:21:51-0700", False),
        ("com.apple.quicktime.content.identifier", "1EA799FF-8384-4BC4-87AA-139A814D9125", False),
        ("com.android.capture.fps", "240.000000", False),
        ("title", "1.234 reasons", False),
    ],
)
def test_what_names_a_place(key: str, value: str, place: bool) -> None:
    assert place == names_a_place(key, value)


def test_counts_of_what_was_encoded_again_are_not_kept() -> None:
    tags = {"BPS": "1", "NUMBER_OF_FRAMES-eng": "2", "_STATISTICS_TAGS": "BPS", "title": "x"}
    assert {"title": "x"} == kept(tags, Metadata.KEEP)


def test_a_tag_with_a_language_is_kept_once() -> None:
    assert {"location": "x"} == kept({"location": "x", "location-eng": "x"}, Metadata.KEEP)
