"""Generated videos, each with a property that must come back; a function makes one in a folder."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import accumulate, cycle, islice
from pathlib import Path
from typing import Any

from tests.clips import write_clip
from tests.dolby_vision import HLG, PQ, write_dolby_vision
from tests.ffmpeg import ffmpeg
from tests.media.sources import edit, write_panorama
from tests.spatial import write_spatial

Make = Callable[[Path], Path]

PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=192x108:r=25:d=3")
TONE = ("-f", "lavfi", "-i", "sine=440:d=3:r=48000")
X264 = ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "25")
QUARTER_TURN = (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)
MIRRORED = (-65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30)
UNEVEN = list(accumulate(islice(cycle((300, 900, 40, 8000)), 60)))


def clip(name: str = "source.mp4", **properties: Any) -> Make:
    """By PyAV; see ``write_clip``."""
    chosen = {"options": {"g": "10", "preset": "veryfast"}, "frames": 60, **properties}
    return lambda folder: write_clip(folder / name, **chosen)


def made(name: str, *arguments: str) -> Make:
    """By ffmpeg, of its test picture and a tone."""

    def make(folder: Path) -> Path:
        ffmpeg(*PICTURE, *TONE, *arguments, folder / name)
        return folder / name

    return make


def hdr(transfer: str) -> Make:
    tags = f"colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc:log-level=error"
    light = ":master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"
    more = f"{light}:max-cll=1000,400" if transfer == "smpte2084" else ""
    return made(
        "source.mp4",
        "-c:v",
        "libx265",
        "-pix_fmt",
        "yuv420p10le",
        "-x265-params",
        tags + more,
        "-c:a",
        "aac",
        "-tag:v",
        "hvc1",
    )


def with_cues(name: str, codec: str, *arguments: str) -> Make:
    """With subtitles and two sounds, the second of which begins late."""

    def make(folder: Path) -> Path:
        cues = folder / "cues.srt"
        cues.write_text("1\n00:00:00,500 --> 00:00:01,500\nHello\n")
        inputs = (*PICTURE, *TONE, "-itsoffset", "0.25", *TONE, "-i", str(cues))
        maps = ("-map", "0", "-map", "1", "-map", "2", "-map", "3", "-c:s", codec)
        languages = ("-metadata:s:a:0", "language=fra", "-metadata:s:a:1", "language=deu")
        ffmpeg(*inputs, *maps, *X264, *languages, *arguments, folder / name)
        return folder / name

    return make


def with_chapters(folder: Path) -> Path:
    tags = folder / "tags.txt"
    chapters = "".join(
        f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={start}\nEND={end}\ntitle={title}\n"
        for start, end, title in ((0, 1000, "One"), (1000, 3000, "Two"))
    )
    place = "location=+37.7450-122.4301/\ncreation_time=2021-02-03T04:05:06.000000Z\n"
    tags.write_text(f";FFMETADATA1\ntitle=My film\n{place}{chapters}")
    path = folder / "source.mp4"
    ffmpeg(*PICTURE, *TONE, "-i", str(tags), "-map_metadata", "2", *X264, "-c:a", "aac", path)
    return path


CASES: dict[str, Make] = {
    "variable rate": clip(pts=UNEVEN),
    "a late start": clip(pts=[100_000 + 512 * i for i in range(60)]),
    "ticks of 1/600 s": clip("source.mov", time_base=Fraction(1, 600)),
    "ticks of 1/90000 s": clip(time_base=Fraction(1, 90_000)),
    "ticks of 1 µs": clip(time_base=Fraction(1, 1_000_000)),
    "gaps": clip(pts=[512 * i + (40_000 if i >= 20 else 0) for i in range(60)]),
    "one frame": clip(frames=1),
    "no sound": clip(audio=None),
    "turned by a quarter": clip(display_matrix=QUARTER_TURN),
    "mirrored": clip(display_matrix=MIRRORED),
    "anamorphic": clip(sample_aspect_ratio=Fraction(64, 45)),
    "BT.601, full range": clip(tags=(6, 6, 6, 2), pix_fmt="yuvj420p"),
    "BT.709, limited range": clip(tags=(1, 1, 1, 1)),
    "4:2:2": clip(pix_fmt="yuv422p"),
    "4:4:4": clip(pix_fmt="yuv444p"),
    "ten bits, SDR": clip(pix_fmt="yuv420p10le", tags=(1, 1, 1, 1)),
    "HLG": hdr("arib-std-b67"),
    "PQ": hdr("smpte2084"),
    "Dolby Vision 8.4": lambda folder: write_dolby_vision(folder / "source.mov", HLG),
    "Dolby Vision 8.1": lambda folder: write_dolby_vision(folder / "source.mp4", PQ),
    "an odd size": made(
        "source.mp4", "-vf", "crop=191:107:0:0:exact=1", "-c:v", "libx264", "-pix_fmt", "yuv444p"
    ),
    "one GOP of 75 frames": made("source.mp4", *X264, "-g", "9999", "-c:a", "aac"),
    "open GOPs": made("source.mp4", *X264, "-x264-params", "open-gop=1:bframes=3", "-c:a", "aac"),
    "interlaced": made("source.mp4", *X264, "-flags", "+ilme+ildct", "-c:a", "aac"),
    "MPEG-2 and MP2 in TS": made("source.ts", "-c:v", "mpeg2video", "-q:v", "2", "-c:a", "mp2"),
    "MJPEG and PCM in MOV": made("source.mov", "-c:v", "mjpeg", "-q:v", "2", "-c:a", "pcm_s16le"),
    "ProRes in MOV": made("source.mov", "-c:v", "prores_ks", "-c:a", "pcm_s24le"),
    "ProRes with transparency": made(
        "source.mov", "-vf", "format=yuva444p10le", "-c:v", "prores_ks", "-profile:v", "4"
    ),
    "VP9 and Opus in WebM": made("source.webm", "-c:v", "libvpx-vp9", "-crf", "10", "-b:v", "0"),
    "AV1 in MP4": made("source.mp4", "-c:v", "libsvtav1", "-crf", "20", "-c:a", "aac"),
    "AC-3 and H.264 in MKV": made("source.mkv", *X264, "-c:a", "ac3"),
    "two sounds and subtitles in MP4": with_cues("source.mp4", "mov_text", "-c:a", "aac"),
    "two sounds and subtitles in MKV": with_cues("source.mkv", "subrip", "-c:a", "libopus"),
    "chapters and tags": with_chapters,
    "360°, version 1": lambda folder: write_panorama(folder / "source.mp4", 1),
    "360°, version 2": lambda folder: write_panorama(folder / "source.mp4", 2),
    "spatial video": lambda folder: write_spatial(folder / "source.mov"),
    "two edits": lambda folder: edit(
        write_clip(folder / "source.mp4", frames=100, options={"g": "50", "bf": "0"}),
        [(0.4, 0.8), (2.0, 1.2)],
    ),
}
