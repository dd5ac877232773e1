"""A file as a report describes it, stream by stream."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from av.container import InputContainer
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from nhance_kit import report
from nhance_media.batches import config_of, fraction
from nhance_media.hdr_metadata import CHROMATICITY, LUMINANCE
from nhance_proto.v1.frame_batch_pb2 import VideoConfig

# ITU-T H.273, tables 2, 3 and 4.
PRIMARIES = {
    1: "BT.709",
    4: "BT.470 M",
    5: "BT.470 B/G",
    6: "SMPTE 170M",
    7: "SMPTE 240M",
    8: "film",
    9: "BT.2020",
    10: "SMPTE ST 428-1",
    11: "SMPTE RP 431-2",
    12: "SMPTE EG 432-1",
    22: "EBU Tech 3213-E",
}
TRANSFERS = {
    1: "BT.709",
    4: "BT.470 M",
    5: "BT.470 B/G",
    6: "SMPTE 170M",
    7: "SMPTE 240M",
    8: "linear",
    9: "logarithmic, 100:1",
    10: "logarithmic, 316:1",
    11: "IEC 61966-2-4",
    12: "BT.1361",
    13: "sRGB",
    14: "BT.2020, 10 bits",
    15: "BT.2020, 12 bits",
    16: "PQ",
    17: "SMPTE ST 428-1",
    18: "HLG",
}
MATRICES = {
    0: "RGB",
    1: "BT.709",
    4: "FCC",
    5: "BT.470 B/G",
    6: "SMPTE 170M",
    7: "SMPTE 240M",
    8: "YCgCo",
    9: "BT.2020 NCL",
    10: "BT.2020 CL",
    11: "SMPTE ST 2085",
    12: "chromaticity NCL",
    13: "chromaticity CL",
    14: "ICtCp",
}


def describe(
    container: InputContainer,
    main: VideoStream,
    config: VideoConfig,
    frame: VideoFrame,
    matrix: Sequence[int] | None,
) -> list[report.Stream]:
    """The streams of an open file; ``config`` is the ``main`` video's, ``frame`` its first."""
    return [
        described.model_copy(update=_shown(config, frame, matrix)) if stream is main else described
        for stream, described in ((stream, _stream(stream)) for stream in container.streams)
    ]


def _stream(stream: Stream) -> report.Stream:
    context = stream.codec_context
    language = stream.metadata.get("language")
    length = None
    if stream.duration is not None and stream.time_base is not None:
        length = float(stream.duration * stream.time_base)
    described = report.Stream(
        index=stream.index,
        type=stream.type,
        codec=context.codec.canonical_name if context else None,
        language=None if language == "und" else language,
        duration_s=length,
        packets=stream.frames or None,
    )
    return described.model_copy(update=_video(stream) if isinstance(stream, VideoStream) else {})


def _video(stream: VideoStream) -> dict[str, object]:
    if stream.codec_context is None:
        return {}
    config = config_of(stream)
    aspect, rate = fraction(config.sample_aspect_ratio), fraction(config.frame_rate)
    return {
        "width": config.width,
        "height": config.height,
        "pix_fmt": config.pix_fmt or None,
        "sample_aspect_ratio": _ratio(aspect),
        "frame_rate": round(float(rate), 3) or None,
        "colour": _colour(config),
    }


def _shown(
    config: VideoConfig, frame: VideoFrame, matrix: Sequence[int] | None
) -> dict[str, object]:
    """What only a decoded frame tells."""
    return {
        "width": frame.width,
        "height": frame.height,
        "pix_fmt": config.pix_fmt,
        "colour": _colour(config),
        "rotation": frame.rotation,
        "reflected": matrix is not None and matrix[0] * matrix[4] < matrix[1] * matrix[3],
        "hdr": _hdr(config),
    }


def _colour(config: VideoConfig) -> report.ColourTags:
    return report.ColourTags(
        primaries=PRIMARIES.get(config.color_primaries),
        transfer=TRANSFERS.get(config.color_trc),
        matrix=MATRICES.get(config.colorspace),
        range={1: "limited", 2: "full"}.get(config.color_range),
    )


def _hdr(config: VideoConfig) -> report.HdrMetadata | None:
    if not (config.mastering_display or config.max_cll or config.max_fall):
        return None
    mastering = None
    if numbers := list(config.mastering_display):
        places = [number / CHROMATICITY for number in numbers[:8]]
        green, blue, red, white = ((places[i], places[i + 1]) for i in range(0, 8, 2))
        highest, lowest = (number / LUMINANCE for number in numbers[8:])
        mastering = report.Mastering(
            red=red, green=green, blue=blue, white=white, highest=highest, lowest=lowest
        )
    return report.HdrMetadata(
        mastering=mastering, max_cll=config.max_cll or None, max_fall=config.max_fall or None
    )


def _ratio(value: Fraction) -> str | None:
    return f"{value.numerator}:{value.denominator}" if value else None
