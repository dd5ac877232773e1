"""Everything beside the video comes back as it was, byte for byte and to the sample."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av
import pytest

from nhance_kit.errors import UnsupportedMedia
from nhance_kit.jobs import Container, Metadata
from nhance_media import companions
from nhance_media.source import open_source
from tests.clips import write_clip
from tests.ffmpeg import ffmpeg
from tests.media.muxed import mux
from tests.media.sources import (
    CUES,
    write_everything,
    write_with_sound,
    write_with_track,
    write_with_unknown_sound,
)

DISPLAYED = ("language", "title", "name", "timecode", "filename", "mimetype", "creation_time")


class Carried(NamedTuple):
    """What must not change of a stream; ``start`` in seconds."""

    type: str
    codec: str | None
    start: Fraction | None
    content: bytes
    disposition: int
    tags: dict[str, str]


def carried(path: Path, *types: str) -> list[Carried]:
    """The streams beside the first video, of some types or all."""
    with av.open(str(path)) as container:
        packets: dict[int, list[Any]] = {}
        for packet in container.demux():
            if packet.size:
                packets.setdefault(packet.stream_index, []).append(packet)
        return [
            Carried(
                stream.type,
                stream.codec_context.codec.canonical_name if stream.codec_context else None,
                _start(packets.get(stream.index)),
                stream.data
                if isinstance(stream, av.stream.AttachmentStream)
                else b"".join(map(bytes, packets.get(stream.index, []))),
                int(stream.disposition),
                {
                    key: value
                    for key, value in stream.metadata.items()
                    if key in DISPLAYED and value != "und"
                },
            )
            for stream in container.streams
            if stream is not container.streams.video[0] and stream.type in (types or (stream.type,))
        ]


def _start(packets: list[Any] | None) -> Fraction | None:
    if not packets or packets[0].pts is None:
        return None
    start: Fraction = packets[0].pts * packets[0].time_base
    return start


def sound(path: Path) -> list[tuple[str | None, Fraction | None, bytes]]:
    return [(each.codec, each.start, each.content) for each in carried(path, "audio")]


SOUND = {
    "AAC in MP4": ("a.mp4", "aac"),
    "AC-3 in MP4": ("a.mp4", "ac3"),
    "MP3 in MP4": ("a.mp4", "libmp3lame"),
    "Opus in MP4": ("a.mp4", "libopus"),
    "PCM in MOV": ("a.mov", "pcm_s16le"),
    "PCM in MOV, 24 bits": ("a.mov", "pcm_s24be"),
    "AAC in MKV": ("a.mkv", "aac"),
    "FLAC in MKV": ("a.mkv", "flac"),
    "Vorbis in MKV": ("a.mkv", "libvorbis"),
    "PCM in MKV": ("a.mkv", "pcm_s16le"),
    "Opus in WebM": ("a.webm", "libopus"),
}


@pytest.mark.parametrize("name", SOUND)
def test_sound_is_the_same_bytes_at_the_same_sample(tmp_path: Path, name: str) -> None:
    file, codec = SOUND[name]
    source = write_with_sound(tmp_path / file, codec)

    output, left_out = mux(source, tmp_path)

    assert [] == left_out
    assert sound(source) == sound(output)
    assert {".webm": ".mkv"}.get(source.suffix, source.suffix) == output.suffix


@pytest.mark.parametrize(
    ("file", "codec", "suffix"),
    [
        ("a.avi", "libmp3lame", ".mp4"),
        ("a.avi", "pcm_u8", ".mov"),
        ("a.avi", "libvorbis", ".mp4"),
        ("a.mpg", "mp2", ".mp4"),
    ],
)
def test_old_containers_become_one_that_holds_their_sound(
    tmp_path: Path, file: str, codec: str, suffix: str
) -> None:
    source = write_with_sound(tmp_path / file, codec)

    output, left_out = mux(source, tmp_path)

    assert [] == left_out
    assert suffix == output.suffix
    ((_, started, content),), ((_, starts, got),) = sound(source), sound(output)
    assert content == got
    assert started is not None
    assert starts is not None
    assert abs(started - starts) <= Fraction(1, 2 * 44100)


@pytest.mark.parametrize("time_base", [25_000, 90_000, 1_000_000])
def test_a_late_start_stays_late_to_the_sample(tmp_path: Path, time_base: int) -> None:
    plain = write_with_sound(tmp_path / "plain.mp4", "aac", "-ar", "44100")
    source = tmp_path / "source.mp4"
    ffmpeg(
        "-i", plain, "-itsoffset", "0.123", "-i", plain, "-map", "0:v", "-map", "1:a", "-c", "copy",
        "-movie_timescale", "44100", "-video_track_timescale", str(time_base), source,
    )  # fmt: skip

    output, _ = mux(source, tmp_path)

    ((_, start, _),) = sound(source)
    assert Fraction(round(0.123 * 44100) - 1024, 44100) == start
    assert sound(source) == sound(output)


@pytest.mark.parametrize(
    ("file", "codecs"),
    [
        ("a.mp4", ("-c:a:0", "aac", "-c:a:1", "ac3", "-c:s", "mov_text")),
        ("a.mov", ("-c:a:0", "pcm_s16le", "-c:a:1", "aac", "-c:s", "mov_text")),
        ("a.mkv", ("-c:a:0", "libopus", "-c:a:1", "flac", "-c:s", "srt")),
    ],
)
def test_subtitles_chapters_timecode_and_tags_go_along(
    tmp_path: Path, file: str, codecs: tuple[str, ...]
) -> None:
    source = write_everything(tmp_path / file, *codecs)

    output, left_out = mux(source, tmp_path)

    assert [] == left_out
    assert sorted(carried(source), key=repr) == sorted(carried(output), key=repr)
    with av.open(str(source)) as before, av.open(str(output)) as after:
        assert chapters(before) == chapters(after) == [("One", 0, 0.4), ("Two", 0.4, 1)]
        assert told(before) == told(after)
        timecodes = [each.streams.video[0].metadata.get("timecode") for each in (before, after)]
        assert timecodes[0] == timecodes[1]


@pytest.mark.parametrize("policy", Metadata)
def test_mov_keeps_languages_that_no_macintosh_had(tmp_path: Path, policy: Metadata) -> None:
    source = write_everything(tmp_path / "a.mp4", "-c:a", "aac", "-c:s", "mov_text")
    source.write_bytes(source.read_bytes().replace(b"ftypisom", b"ftypqt  "))

    output, _ = mux(source, tmp_path, metadata=policy)

    assert ".mov" == output.suffix
    with av.open(str(output)) as container:
        languages = [each.metadata.get("language") for each in container.streams]
        assert ["fra", "deu", "eng"] == languages[1:4]


def chapters(container: Any) -> list[tuple[str, float, float]]:
    return [
        (
            each["metadata"]["title"],
            float(each["start"] * each["time_base"]),
            float(each["end"] * each["time_base"]),
        )
        for each in container.chapters()
    ]


def told(container: Any) -> dict[str, str]:
    own = ("brand", "version", "encoder", "timecode")
    return {
        key: value
        for key, value in container.metadata.items()
        if not any(each in key.lower() for each in own)
    }


def with_attachments(path: Path) -> Path:
    font, cover = path.with_name("font.ttf"), path.with_name("cover.jpg")
    font.write_bytes(bytes(range(256)) * 9)
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64:d=1", "-frames:v", "1", cover)
    return write_everything(
        path, "-c:a", "aac", "-c:s", "srt",
        "-attach", font, "-metadata:s:t:0", "mimetype=font/ttf",
        "-attach", cover, "-metadata:s:t:1", "mimetype=image/jpeg",
        "-metadata:s:t:1", "filename=cover.jpg",
    )  # fmt: skip


def test_fonts_and_covers_of_mkv(tmp_path: Path) -> None:
    source = with_attachments(tmp_path / "a.mkv")

    output, left_out = mux(source, tmp_path)

    assert [] == left_out
    assert {"attachment", "video"} <= {each.type for each in carried(output)}
    assert sorted(carried(source), key=repr) == sorted(carried(output), key=repr)


def test_the_cover_of_an_mp4(tmp_path: Path) -> None:
    plain = write_with_sound(tmp_path / "plain.mp4", "aac")
    cover, source = tmp_path / "cover.jpg", tmp_path / "source.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64:d=1", "-frames:v", "1", cover)
    ffmpeg(
        "-i", plain, "-i", cover, "-map", "0", "-map", "1", "-c", "copy",
        "-disposition:v:1", "attached_pic", source,
    )  # fmt: skip

    output, left_out = mux(source, tmp_path)

    assert [] == left_out
    (picture,) = carried(output, "video")
    assert cover.read_bytes() == picture.content
    assert carried(source) == carried(output)


def test_a_cover_of_mkv_goes_into_mp4(tmp_path: Path) -> None:
    source = with_attachments(tmp_path / "a.mkv")

    output, left_out = mux(source, tmp_path, Container.MP4)

    (picture,) = carried(output, "video")
    assert (tmp_path / "cover.jpg").read_bytes() == picture.content
    assert [
        "Stream 3 (subtitle, subrip) is not in the output: MP4 cannot carry it as it is.",
        "Stream 4 (attachment, font.ttf) is not in the output: MP4 has no attachments.",
    ] == [warning.sentence for warning in left_out]
    assert [3, 4] == [warning.stream for warning in left_out]


@pytest.mark.parametrize("kind", [b"mebx", b"camm", b"rtmd", b"gpmd"])
@pytest.mark.parametrize(("brand", "suffix"), [(b"isom", ".mp4"), (b"qt  ", ".mov")])
def test_a_phones_tracks_of_data(tmp_path: Path, kind: bytes, brand: bytes, suffix: str) -> None:
    source = write_with_track(tmp_path / "source.mp4", kind, brand)

    output, left_out = mux(source, tmp_path)

    assert [] == left_out
    assert suffix == output.suffix
    (track,) = carried(output, "data")
    assert Fraction(33, 1000) == track.start
    assert sorted(carried(source), key=repr) == sorted(carried(output), key=repr)
    whole = output.read_bytes()
    assert kind in whole[: whole.index(b"mdat")]
    assert b"nhance:" not in whole
    assert b"...." not in whole


@pytest.mark.parametrize("brand", [b"isom", b"qt  "])
def test_sound_in_a_codec_that_nobody_knows(tmp_path: Path, brand: bytes) -> None:
    source = write_with_unknown_sound(tmp_path / "source.mp4", brand)

    output, left_out = mux(source, tmp_path)

    assert [] == left_out
    assert ["aac", None] == [each.codec for each in carried(source, "audio")]
    assert carried(source) == carried(output)


def test_webm_stays_webm_for_av1_alone(tmp_path: Path) -> None:
    source = write_with_sound(tmp_path / "a.webm", "libopus")

    output, _ = mux(source, tmp_path, codec="av1")

    assert ".webm" == output.suffix
    assert b"webm" in output.read_bytes()[:64]
    assert sound(source) == sound(output)


@pytest.mark.parametrize("wanted", [Container.MP4, Container.MOV, Container.MKV])
def test_the_container_can_be_chosen(tmp_path: Path, wanted: Container) -> None:
    source = write_clip(tmp_path / "source.mp4", frames=10)

    output, left_out = mux(source, tmp_path, wanted)

    assert [] == left_out
    assert f".{wanted}" == output.suffix
    assert [each[2] for each in sound(source)] == [each[2] for each in sound(output)]


@pytest.mark.parametrize(
    ("file", "codec", "wanted", "sentence"),
    [
        ("a.mp4", "aac", Container.WEBM, "Choose the codec av1"),
        ("a.avi", "pcm_u8", Container.MP4, "MP4 cannot hold the sound of stream 1 (pcm_u8)"),
    ],
)
def test_what_a_container_cannot_hold_is_refused(
    tmp_path: Path, file: str, codec: str, wanted: Container, sentence: str
) -> None:
    source = write_with_sound(tmp_path / file, codec)

    with pytest.raises(UnsupportedMedia) as refused:
        mux(source, tmp_path, wanted)

    assert sentence in str(refused.value)


def test_quicktime_takes_no_av1(tmp_path: Path) -> None:
    source = write_with_sound(tmp_path / "a.mov", "aac")

    output, left_out = mux(source, tmp_path, codec="av1")

    assert [] == left_out
    assert ".mp4" == output.suffix
    assert sound(source) == sound(output)
    with pytest.raises(UnsupportedMedia, match="Choose the codec h264 or hevc"):
        mux(source, tmp_path, Container.MOV, codec="av1")


def test_webm_takes_no_other_sound(tmp_path: Path) -> None:
    source = write_with_sound(tmp_path / "a.mp4", "aac")

    with pytest.raises(UnsupportedMedia, match=r"stream 1 \(aac\) as it is. Choose mkv"):
        mux(source, tmp_path, Container.WEBM, codec="av1")


def test_encrypted_sound_is_refused(tmp_path: Path) -> None:
    path = write_with_sound(tmp_path / "a.mp4", "aac")
    path.write_bytes(path.read_bytes().replace(b"mp4a", b"enca"))

    with (
        path.open("rb") as file,
        pytest.raises(UnsupportedMedia, match=r"Stream 1 \(audio\) is encrypted"),
        open_source(file),
    ):
        pass


def test_a_subtitle_bomb_is_cut_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_everything(tmp_path / "a.mkv", "-c:a", "aac", "-c:s", "srt")
    monkeypatch.setattr(companions, "MOST_SIDE_PACKETS", 1)

    output, left_out = mux(source, tmp_path)

    assert [b"Hello"] == [each.content for each in carried(output, "subtitle")]
    assert sound(source) == sound(output)
    assert ["Stream 3 (subtitle, subrip) ends early: it is too long to copy."] == [
        warning.sentence for warning in left_out
    ]


def test_cues_that_tell_the_place_are_stripped_with_it(tmp_path: Path) -> None:
    source = write_everything(tmp_path / "a.mkv", "-c:a", "aac", "-c:s", "srt")

    output, left_out = mux(source, tmp_path, metadata=Metadata.STRIP_LOCATION)

    assert "37.7450" in CUES
    assert [b"Hello"] == [each.content for each in carried(output, "subtitle")]
    assert [3] == [warning.stream for warning in left_out]
