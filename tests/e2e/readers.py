"""Facts of a file by three readers: PyAV, which nhance uses itself, ffprobe, and MediaInfo."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
from av.sidedata.sidedata import Type as SideDataType
from av.stream import Stream

from nhance_media.probe import display_matrix
from nhance_media.source import main_video
from tests.e2e.fidelity import KEPT, Facts, Track

if TYPE_CHECKING:
    from av.container.core import Chapter

FULL_RANGE = 2
# Of MediaInfo's words on a video, those that must not change.
VIDEO_WORDS = (
    "Width",
    "Height",
    "Rotation",
    "PixelAspectRatio",
    "BitDepth",
    "ChromaSubsampling",
    "colour_range",
    "colour_primaries",
    "transfer_characteristics",
    "matrix_coefficients",
    "MasteringDisplay_Luminance",
    "MaxCLL",
    "MaxFALL",
)
# What is meant where nothing is said: ITU-T H.264, E.2.1, and H.265, E.3.1.
IMPLIED = {"colour_range": "Limited"}
# How ffprobe calls what lays a picture around the viewer, beside the matrix that turns it.
AROUND = ("Spherical Mapping", "Stereo 3D")
AUDIO_WORDS = ("Format", "SamplingRate", "Channels", "Language", "Title")


def missing_readers() -> list[str]:
    """Which of the independent readers this machine has not."""
    return [name for name in ("ffprobe", "mediainfo") if shutil.which(name) is None]


def by_pyav(path: Path) -> Facts:
    """Reads a file once for its packets and decodes its video."""
    with av.open(str(path), metadata_errors="replace") as container:
        video = main_video(container)
        context = video.codec_context
        context.thread_type = "AUTO"
        assert video.time_base is not None
        pts: list[Fraction] = []
        matrix, around = None, [False, False]
        for index, frame in enumerate(container.decode(video)):
            if index == 0:
                matrix = display_matrix(frame)
                side_data: Any = frame.side_data
                around = [SideDataType.SPHERICAL in side_data, SideDataType.STEREO3D in side_data]
            if frame.pts is not None:
                pts.append(frame.pts * video.time_base)
        full = (context.pix_fmt or "").startswith("yuvj")
        facts = Facts(
            pts,
            video.time_base,
            (matrix, *around),
            (
                context.color_primaries,
                context.color_trc,
                context.colorspace,
                full or context.color_range == FULL_RANGE,
            ),
            video.sample_aspect_ratio or Fraction(1),
            (context.width, context.height),
            [],
            [],
            [_chapter(chapter) for chapter in container.chapters()],
            {name.lower(): value for name, value in container.metadata.items()},
        )
    audio, others = _copied(path)
    return Facts(**{**vars(facts), "audio": audio, "others": others})


def _chapter(chapter: Chapter) -> tuple[float, float, str]:
    base = chapter["time_base"] or Fraction(0)
    title = chapter["metadata"].get("title", "")
    return float(chapter["start"] * base), float(chapter["end"] * base), title


def _copied(path: Path) -> tuple[list[Track], list[Track]]:
    with av.open(str(path), metadata_errors="replace") as container:
        video = main_video(container)
        streams = [stream for stream in container.streams if stream is not video]
        digests = {stream.index: hashlib.sha256() for stream in streams}
        first: dict[int, int | None] = {}
        for packet in container.demux(streams) if streams else ():
            if packet.size:
                first.setdefault(packet.stream_index, packet.pts)
                digests[packet.stream_index].update(bytes(packet))
        tracks = [
            _track(stream, first[stream.index], digests[stream.index].hexdigest())
            for stream in streams
            if stream.index in first
        ]
    audio = [track for track in tracks if track.kind == "audio"]
    return audio, [track for track in tracks if track.kind != "audio"]


def _track(stream: Stream, start: int | None, digest: str) -> Track:
    name = stream.codec_context.name if stream.codec_context else "?"
    base = stream.time_base or Fraction(0)
    start_s = None if start is None else float(start * base)
    return Track(stream.type, name, digest, start_s, float(base))


def by_ffprobe(path: Path) -> Facts:
    """Of Debian's ffprobe, another FFmpeg than PyAV's."""
    told = ffprobe(path, "-show_streams", "-show_format", "-show_chapters")
    video = next(
        stream
        for stream in told["streams"]
        if stream["codec_type"] == "video" and not stream["disposition"]["attached_pic"]
    )
    index = video["index"]
    frames = ffprobe(path, "-select_streams", str(index), "-show_entries", "frame=pts")["frames"]
    shown = ffprobe(path, "-show_entries", "packet=stream_index,pts_time")["packets"]
    first = {
        packet["stream_index"]: float(packet["pts_time"])
        for packet in reversed(shown)
        if "pts_time" in packet
    }
    digests = _streamhash(path)
    base = Fraction(video["time_base"])
    tracks = [
        Track(
            stream["codec_type"],
            stream.get("codec_name", "?"),
            digests[stream["index"]],
            first[stream["index"]],
            float(Fraction(stream["time_base"])),
        )
        for stream in told["streams"]
        if stream["index"] != index and stream["index"] in first
    ]
    sides = video.get("side_data_list", [])
    matrices = [side["displaymatrix"].split() for side in sides if "displaymatrix" in side]
    around = [side for side in sides if side.get("side_data_type") in AROUND]
    full = video.get("pix_fmt", "").startswith("yuvj")
    colour = [video.get(f"color_{name}") for name in ("primaries", "transfer", "space")]
    aspect = video.get("sample_aspect_ratio", "N/A")
    return Facts(
        [frame["pts"] * base for frame in frames if "pts" in frame],
        base,
        (*matrices[:1], *around),
        (*colour, full or video.get("color_range") == "pc"),
        "1:1" if aspect in ("N/A", "0:1") else aspect,
        (video["width"], video["height"]),
        [track for track in tracks if track.kind == "audio"],
        [track for track in tracks if track.kind != "audio"],
        [
            (
                float(chapter["start_time"]),
                float(chapter["end_time"]),
                chapter.get("tags", {}).get("title", ""),
            )
            for chapter in told["chapters"]
        ],
        {name.lower(): value for name, value in told["format"].get("tags", {}).items()},
    )


def _streamhash(path: Path) -> dict[int, str]:
    """The SHA-256 of each stream's packets, one after the other."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-map", "0", "-c", "copy"]
    hashing = ["-copy_unknown", "-f", "streamhash", "-hash", "sha256", "-"]
    told = subprocess.run([*command, *hashing], check=True, capture_output=True, text=True).stdout
    lines = [line.split(",") for line in told.splitlines()]
    return {int(index): digest for index, _, digest in lines}


def ffprobe(path: Path, *wanted: str) -> dict[str, Any]:
    command = ["ffprobe", "-v", "error", "-of", "json", *wanted, str(path)]
    told: dict[str, Any] = json.loads(
        subprocess.run(command, check=True, capture_output=True).stdout
    )
    return told


def mediainfo_says(source: Path, output: Path, frames: int) -> str:
    """``kept``, or which of MediaInfo's words on video and sound differ between two files.

    A word that it does not say of the source may be said of the output. ``frames`` are those that
    the source shows; behind an edit list MediaInfo guesses at their number by the rate.
    """
    before, after = mediainfo(source), mediainfo(output)
    differing = _differing(before["Video"][0], after["Video"][0], VIDEO_WORDS)
    counted = after["Video"][0].get("FrameCount", str(frames))
    if before["Video"][0].get("FrameCount") == str(frames) != counted and not _edited(after):
        differing.append(f"FrameCount {counted} instead of {frames}")
    sounds = before.get("Audio", []), after.get("Audio", [])
    if len(sounds[0]) != len(sounds[1]):
        differing.append(f"{len(sounds[0])} sounds became {len(sounds[1])}")
    for one, other in zip(*sounds, strict=False):
        differing += _differing(one, other, AUDIO_WORDS)
    return KEPT if not differing else "; ".join(differing)


def _edited(told: dict[str, list[dict[str, str]]]) -> bool:
    """Whether MediaInfo has found an edit list."""
    return "Source_Duration" in told["Video"][0]


def _differing(before: dict[str, str], after: dict[str, str], words: tuple[str, ...]) -> list[str]:
    return [
        f"{word} {before[word]} became {after.get(word)}"
        for word in words
        if word in before and before[word] != after.get(word, IMPLIED.get(word))
    ]


def mediainfo(path: Path) -> dict[str, list[dict[str, str]]]:
    command = ["mediainfo", "--Output=JSON", str(path)]
    told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    tracks: dict[str, list[dict[str, str]]] = {}
    for track in told["media"]["track"]:
        tracks.setdefault(track["@type"], []).append(track)
    return tracks
