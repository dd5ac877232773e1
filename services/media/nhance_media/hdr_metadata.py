"""Static HDR metadata: from a decoded frame into a description, and from there to the encoders."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from av.sidedata.sidedata import Type as SideDataType
from av.video.frame import VideoFrame

from nhance_media.side_data import side_data
from nhance_proto.v1.frame_batch_pb2 import VideoConfig

# FFmpeg's AVMasteringDisplayMetadata: x and y of red, green, blue and white, lowest and highest
# luminance, each a fraction of two integers; and whether primaries and luminance are known.
_MASTERING = struct.Struct("=22i")
_CONTENT_LIGHT = struct.Struct("=2I")
CHROMATICITY, LUMINANCE = 50_000, 10_000
# What a bitstream has room for (ITU-T H.265, D.2.28 and D.2.35); Matroska has more.
MOST, MOST_LUMINANCE = 0xFFFF, 0xFFFFFFFF


def add_static_metadata(config: VideoConfig, frame: VideoFrame) -> None:
    """Notes the metadata that a frame carries, if it does."""
    told = side_data(frame)
    if data := told.get(SideDataType.MASTERING_DISPLAY_METADATA):
        numbers = _MASTERING.unpack(data[: _MASTERING.size])
        # Phones write luminances that FFmpeg does not believe; they come back as they are.
        if any(numbers[20:]):
            config.mastering_display[:] = _in_units(numbers)
    if data := told.get(SideDataType.CONTENT_LIGHT_LEVEL):
        levels = _CONTENT_LIGHT.unpack(data[: _CONTENT_LIGHT.size])
        config.max_cll, config.max_fall = (min(level, MOST) for level in levels)


def _in_units(numbers: tuple[int, ...]) -> list[int]:
    values = [numbers[i] / (numbers[i + 1] or 1) for i in range(0, 20, 2)]
    red, green, blue, white = (values[i : i + 2] for i in range(0, 8, 2))
    lowest, highest = values[8:]
    places = [_held(value * CHROMATICITY, MOST) for value in (*green, *blue, *red, *white)]
    levels = [_held(value * LUMINANCE, MOST_LUMINANCE) for value in (highest, lowest)]
    return places + levels


def _held(value: float, most: int) -> int:
    return min(max(0, round(value)), most)


def x264_params(config: VideoConfig) -> Iterator[str]:
    """As libx264 takes it."""
    if config.mastering_display:
        yield f"mastering-display={_spelled(list(map(str, config.mastering_display)))}"
    if config.max_cll:
        yield f"cll={config.max_cll},{config.max_fall}"


def x265_params(config: VideoConfig) -> Iterator[str]:
    """As libx265 takes it."""
    if config.mastering_display:
        yield f"master-display={_spelled(list(map(str, config.mastering_display)))}"
    if config.max_cll:
        yield f"max-cll={config.max_cll},{config.max_fall}"


def svt_params(config: VideoConfig) -> Iterator[str]:
    """As SVT-AV1 takes it."""
    if config.mastering_display:
        numbers = list(config.mastering_display)
        places = [f"{number / CHROMATICITY:.5f}" for number in numbers[:8]]
        levels = [f"{number / LUMINANCE:.4f}" for number in numbers[8:]]
        yield f"mastering-display={_spelled(places + levels)}"
    if config.max_cll:
        yield f"content-light={config.max_cll},{config.max_fall}"


def _spelled(numbers: list[str]) -> str:
    pairs = (",".join(numbers[i : i + 2]) for i in range(0, 10, 2))
    names = ("G", "B", "R", "WP", "L")
    return "".join(f"{name}({pair})" for name, pair in zip(names, pairs, strict=True))
