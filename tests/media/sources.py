"""Sources that PyAV alone does not write, made with the ffmpeg of the wheel imageio-ffmpeg."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.packet import Packet

from nhance_media import panorama
from nhance_media.boxes import STSD, Box, parse, read_moov
from tests.clips import write_clip
from tests.ffmpeg import ffmpeg

VIDEO = ("-f", "lavfi", "-i", "testsrc2=s=128x96:r=25:d=1")
TONE = ("-f", "lavfi", "-i", "sine=440:d=1:r=48000")
PLACE = "+37.7450-122.4301+066.374/"
CUES = """1
00:00:00,100 --> 00:00:00,400
Hello

2
00:00:00,500 --> 00:00:00,900
GPS(37.7450, -122.4301)
"""
TAGS = f""";FFMETADATA1
title=My film
make=Acme
location={PLACE}
creation_time=2021-02-03T04:05:06Z
[CHAPTER]
TIMEBASE=1/1000
START=0
END=400
title=One
[CHAPTER]
TIMEBASE=1/1000
START=400
END=1000
title=Two
"""
XML = (
    b'<?xml version="1.0"?><rdf:SphericalVideo xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    b' xmlns:GSpherical="http://ns.google.com/videos/1.0/spherical/">'
    b"<GSpherical:Spherical>true</GSpherical:Spherical>"
    b"<GSpherical:Stitched>true</GSpherical:Stitched>"
    b"<GSpherical:StitchingSoftware>test</GSpherical:StitchingSoftware>"
    b"<GSpherical:ProjectionType>equirectangular</GSpherical:ProjectionType>"
    b"</rdf:SphericalVideo>"
)
PANORAMA_V1 = Box(b"uuid", panorama.V1 + XML)
_PROJECTION = Box(b"prhd", bytes(16)).dump() + Box(b"equi", bytes(20)).dump()
PANORAMA_V2 = (
    Box(b"st3d", bytes(4) + b"\1"),  # top and bottom
    Box(b"sv3d", Box(b"svhd", bytes(4) + b"test\0").dump() + Box(b"proj", _PROJECTION).dump()),
)


def write_with_sound(path: Path, codec: str, *options: str) -> Path:
    """A second of video and of sound; the video in H.264 or what the container is used to."""
    video = {".webm": "libvpx-vp9", ".avi": "mpeg4", ".mpg": "mpeg2video"}.get(path.suffix)
    ffmpeg(*VIDEO, *TONE, "-c:v", video or "libx264", "-c:a", codec, *options, path)
    return path


def write_everything(path: Path, *options: str | Path) -> Path:
    """Video, two streams of sound, subtitles, chapters and tags; ``options`` name the codecs."""
    cues, tags = path.with_suffix(".srt"), path.with_suffix(".txt")
    cues.write_text(CUES)
    tags.write_text(TAGS)
    ffmpeg(
        *VIDEO, *TONE, "-i", cues, "-i", tags,
        "-map", "0", "-map", "1", "-map", "1", "-map", "2",
        "-map_metadata", "3", "-map_chapters", "3",
        "-c:v", "libx264", "-timecode", "01:02:03:04",
        "-metadata:s:a:0", "language=fra", "-metadata:s:a:1", "language=deu",
        "-metadata:s:a:1", "title=Kommentar", "-metadata:s:s:0", "language=eng",
        "-disposition:a:1", "comment", "-disposition:s:0", "forced", *options, path,
    )  # fmt: skip
    return path


def write_with_track(path: Path, kind: bytes, brand: bytes = b"isom") -> Path:
    """An MP4 or, by its brand, a MOV with a track of data of a kind that FFmpeg cannot describe."""
    plain = write_with_sound(path.with_name("plain.mp4"), "aac")
    time_base = Fraction(1, 1000)
    with av.open(str(plain)) as source, av.open(str(path), "w", format="mp4") as output:
        copies = [output.add_stream_from_template(each, opaque=True) for each in source.streams]
        track = output.add_data_stream("bin_data")
        track.time_base = time_base
        output.start_encoding()
        for index in range(9):
            sample: Packet[Any] = Packet(f"{index} {PLACE}".encode())
            sample.stream, sample.time_base, sample.is_keyframe = track, time_base, True
            sample.pts = sample.dts = 33 + 100 * index
            sample.duration = 100
            output.mux_one(sample)
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = copies[packet.stream_index]
                output.mux_one(packet)
    whole = path.read_bytes().replace(b"gpmd", kind).replace(b"ftypisom", b"ftyp" + brand)
    path.write_bytes(whole)
    return path


def write_with_unknown_sound(path: Path, brand: bytes = b"isom") -> Path:
    """As phones do: beside the sound for everyone, another in a codec of the maker's own."""
    ffmpeg(
        *VIDEO, *TONE, "-map", "0", "-map", "1", "-map", "1", "-c:v", "libx264", "-c:a", "aac",
        "-movflags", "+faststart", path,
    )  # fmt: skip
    whole = path.read_bytes().replace(b"ftypisom", b"ftyp" + brand)
    at = whole.rindex(b"mp4a", 0, whole.index(b"mdat"))
    entry = whole[at:].replace(b"mp4a", b"apac", 1).replace(b"esds", b"dapa", 1)
    path.write_bytes(whole[:at] + entry)
    return path


def moov_of(path: Path) -> Box:
    with path.open("rb") as file:
        found = read_moov(file)
    assert found is not None
    return parse(found[1])


def reindex(path: Path, moov: Box) -> None:
    """Give a file another index in place of its own, which stands at its end."""
    whole = path.read_bytes()
    index = moov_of(path).dump()
    assert whole.endswith(index)
    path.write_bytes(whole.removesuffix(index) + moov.dump())


def extend_entry(path: Path, *boxes: Box) -> None:
    """Add boxes to the sample entry of a file's first track; its index stands at its end."""
    moov = moov_of(path)
    stsd = moov.every(b"trak")[0].find(*STSD)
    assert stsd is not None
    panorama.extend(stsd, list(boxes))
    reindex(path, moov)


def edit(path: Path, edits: Sequence[tuple[float, float]]) -> Path:
    """Have every track of a file play parts of itself, (start, length) in seconds, end to end."""
    moov = moov_of(path)
    movie_scale = _scale(moov.find(b"mvhd"))
    for track in moov.every(b"trak"):
        scale = _scale(track.find(b"mdia", b"mdhd"))
        entries = b"".join(
            struct.pack(">IiI", round(length * movie_scale), round(start * scale), 1 << 16)
            for start, length in edits
        )
        elst = Box(b"elst", struct.pack(">II", 0, len(edits)) + entries)
        track.replace({b"edts"}, [Box(b"edts", elst.dump())])
    reindex(path, moov)
    return path


def _scale(header: Box | None) -> int:
    """The ticks a second of a header of version 0 (ISO/IEC 14496-12 §8.2.2 and §8.4.2)."""
    assert header is not None
    ticks: int = struct.unpack_from(">I", header.content, 12)[0]
    return ticks


def write_panorama(path: Path, version: int, title: str = "") -> Path:
    """A clip whose index, at its end, says that it is one."""
    write_clip(path, frames=12)
    moov = moov_of(path)
    video = moov.every(b"trak")[0]
    source = Box(b"trak", children=[PANORAMA_V1] if version == 1 else [])
    if version == 2:
        inner = bytes(panorama.ENTRY_FIELDS - 8) + b"".join(box.dump() for box in PANORAMA_V2)
        entry = Box(b"avc1", inner).dump()
        stsd = Box(b"stsd", struct.pack(">II", 0, 1) + entry)
        for kind in (b"stbl", b"minf", b"mdia"):
            stsd = Box(kind, children=[stsd])
        source.children.append(stsd)
    panorama.describe(video, source)
    if title:
        video.children.append(Box(b"udta", Box(b"name", title.encode()).dump()))
    reindex(path, moov)
    return path
