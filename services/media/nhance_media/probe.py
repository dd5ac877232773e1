"""What came in: the facts about an upload that the rest of the pipeline and people need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import InputContainer
from av.sidedata.sidedata import Type as SideDataType
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from nhance_kit.errors import DamagedMedia, UnsupportedMedia
from nhance_kit.report import Stream
from nhance_kit.warned import JobWarning, WarningCode
from nhance_media.batches import config_of, fraction, message_of, packet_of
from nhance_media.colour import HDR_TRANSFERS, complete
from nhance_media.decoding import open_decoder
from nhance_media.describing import describe
from nhance_media.dropped import dropped_metadata
from nhance_media.encoding import MOST_BITS
from nhance_media.hdr_metadata import add_static_metadata
from nhance_media.headers import Headers, headers_of
from nhance_media.samples import even, layout_of
from nhance_media.side_data import side_data
from nhance_media.source import limit, main_video, open_source
from nhance_media.timing import Timing, presented
from nhance_proto.v1.frame_batch_pb2 import Packet, VideoConfig

PACKETS_UNTIL_A_FRAME = 400
# How far the end of a stream may fall short of the length that its container states.
MISSING_TAIL_S = 1.0
MISSING_TAIL_RATIO = 0.05
# Codecs whose packets AVI gives no time of presentation, though they are reordered.
REORDERING = ("h264", "hevc", "mpeg4", "mpeg2video", "mpeg1video")
DOLBY_VISION_ONLY = (b"dvh1", b"dvhe", b"dva1", b"dvav")


@dataclass(frozen=True)
class Probe:
    """The video stream to enhance. ``packets`` yields all of its packets, once.

    What ``timing`` warns of is complete when they are through; ``side_data`` is the first frame's.
    """

    config: VideoConfig
    time_base: Fraction
    packets: Iterator[Packet]
    media: dict[str, Any]
    display_matrix: tuple[int, ...] | None
    warnings: list[JobWarning]
    timing: Timing
    side_data: Mapping[SideDataType, bytes]


def probe(container: InputContainer, stream: VideoStream, size: int) -> Probe:
    """Look at a stream as far as its first frame; ``size`` is the length of the file in bytes.

    Raises DamagedMedia where the file ends before its index does or nothing decodes, and
    UnsupportedMedia for what nhance would not give back faithfully.
    """
    _refuse_truncated(container, stream, size)
    assert stream.time_base is not None
    limit(stream.codec_context)
    packets = (packet for packet in container.demux(stream) if packet.size)
    head: list[av.Packet[VideoStream]] = []
    stated = config_of(stream)
    frame = _first_frame(stream, packets, head)
    config = _seen(stream, stated, frame)
    headers = headers_of(stream, packet_of(message_of(head[0]), stream.time_base))
    config.chroma_location = headers.chroma_location
    config.interlaced = frame.interlaced_frame or headers.may_interlace
    _refuse_unfaithful(config, frame, headers)
    told = side_data(frame)
    warnings = _skip_to_keyframe(head, frame) + dropped_metadata(told)
    if (even(frame.width), even(frame.height)) != (frame.width, frame.height):
        sentence = (
            f"The frame size {frame.width}×{frame.height} is odd; the output's is "
            f"{even(frame.width)}×{even(frame.height)}."
        )
        warnings.append(JobWarning(WarningCode.ODD_SIZE, sentence))
    bits, _ = layout_of(config.pix_fmt)
    if bits > MOST_BITS:
        sentence = f"The {bits} bits of the source's samples were reduced to {MOST_BITS}."
        warnings.append(JobWarning(WarningCode.BITS_REDUCED, sentence))
    if config.pix_fmt.startswith("yuva"):
        sentence = "The video's transparency is not in the output, which has no place for it."
        warnings.append(JobWarning(WarningCode.TRANSPARENCY_DROPPED, sentence))
    if frame.interlaced_frame:
        sentence = "The video is interlaced; it was deinterlaced, each frame into one."
        warnings.append(JobWarning(WarningCode.INTERLACED, sentence))
    matrix = display_matrix(frame)
    timing = Timing(stream.time_base)
    messages = _messages(head, packets)
    if container.format.name == "avi" and config.codec in REORDERING:
        messages = presented(messages, open_decoder(config), stream.time_base)
    return Probe(
        config=config,
        time_base=stream.time_base,
        packets=timing.settled(messages),
        media=_media(container, stream, config, frame),
        display_matrix=matrix,
        warnings=warnings,
        timing=timing,
        side_data=told,
    )


def display_matrix(frame: VideoFrame) -> tuple[int, ...] | None:
    """The nine numbers of ISO/IEC 14496-12 §8.2.2 that turn the picture upright, if any."""
    data = side_data(frame).get(SideDataType.DISPLAYMATRIX)
    return None if data is None else tuple(int(value) for value in np.frombuffer(data, np.int32))


def described(path: Path) -> list[Stream]:
    """The streams of a finished file of our own."""
    with path.open("rb") as file, open_source(file) as container:
        main = main_video(container)
        stated = config_of(main)
        frame = next(container.decode(main))
        config = _seen(main, stated, frame)
        return describe(container, main, config, frame, display_matrix(frame))


def _seen(stream: VideoStream, stated: VideoConfig, frame: VideoFrame) -> VideoConfig:
    """A stream by its first frame; ``stated`` is what was known of it before that was decoded."""
    config = config_of(stream)
    complete(config, stated)
    add_static_metadata(config, frame)
    return config


def _messages(
    head: list[av.Packet[VideoStream]], rest: Iterator[av.Packet[VideoStream]]
) -> Iterator[Packet]:
    for packet in head:
        yield message_of(packet)
    head.clear()
    for packet in rest:
        yield message_of(packet)


def _first_frame(
    stream: VideoStream,
    packets: Iterator[av.Packet[VideoStream]],
    head: list[av.Packet[VideoStream]],
) -> VideoFrame:
    reason = ""
    for packet in chain(islice(packets, PACKETS_UNTIL_A_FRAME), [None]):
        if packet is not None:
            if packet.has_sidedata("encryption_info"):
                raise UnsupportedMedia(
                    "The video is encrypted. Export it without protection first."
                )
            head.append(packet)
        try:
            for frame in stream.codec_context.decode(packet):
                return frame
        except av.error.FFmpegError as error:
            reason = error.strerror or "unknown error"
    if reason:
        raise DamagedMedia(f"The video cannot be decoded: {reason}.")
    raise DamagedMedia(
        "The file has a video stream, but not one frame of it can be decoded. "
        "If it is the first part of a streamed video, upload the whole one."
    )


def _refuse_truncated(container: InputContainer, stream: VideoStream, size: int) -> None:
    for other in container.streams:
        entries = other.index_entries
        if len(entries) and entries[-1].pos + entries[-1].size > size:
            missing = entries[-1].pos + entries[-1].size - size
            raise DamagedMedia(
                f"The file is cut off: its index names at least {missing:,} bytes more than were "
                "uploaded. Upload the whole file."
            )


def _skip_to_keyframe(head: list[av.Packet[VideoStream]], first: VideoFrame) -> list[JobWarning]:
    """Drop the packets before the first keyframe where nothing came of them."""
    start = next((index for index, packet in enumerate(head) if packet.is_keyframe), 0)
    if first.pts in {packet.pts for packet in head[:start]}:
        return []
    lost = sum(not packet.is_discard for packet in head[:start])
    del head[:start]
    if not lost:
        return []
    sentence = (
        f"The video starts in mid-stream: the {lost} frames before its first keyframe are lost."
    )
    return [JobWarning(WarningCode.FRAMES_LOST, sentence, count=lost)]


def _refuse_unfaithful(config: VideoConfig, frame: VideoFrame, headers: Headers) -> None:
    if headers.separate_fields:
        raise UnsupportedMedia(
            "The video is HEVC with each field a picture of its own. Export it as progressive."
        )
    # Such a file's container may name the HDR that the metadata makes of it; its frames don't.
    if config.codec_tag in DOLBY_VISION_ONLY and frame.color_trc not in HDR_TRANSFERS:
        raise UnsupportedMedia(
            "The video is Dolby Vision without a picture for other players (profile 5), whose "
            "colours nhance cannot read. Export it as HDR10 or HLG, or as SDR."
        )


def check_complete(media: dict[str, Any], last_end_s: float | None) -> None:
    """Raise DamagedMedia where the packets end well before the container says they do."""
    stated = media["duration_s"]
    if stated is None or last_end_s is None:
        return
    if stated - last_end_s > max(MISSING_TAIL_S, MISSING_TAIL_RATIO * stated):
        raise DamagedMedia(
            f"The file is cut off: it should last {stated:.1f} s, but its video ends after "
            f"{last_end_s:.1f} s. Upload the whole file."
        )


def _media(
    container: InputContainer, stream: VideoStream, config: VideoConfig, frame: VideoFrame
) -> dict[str, Any]:
    duration = stream.duration
    stated = (
        float(duration * stream.time_base)
        if duration is not None and stream.time_base is not None
        else None
    )
    if stated is None and container.duration is not None and len(container.streams) == 1:
        stated = container.duration / av.time_base
    rate = fraction(config.frame_rate)
    return {
        "container": container.format.name,
        "codec": config.codec,
        "pix_fmt": config.pix_fmt,
        "width": frame.width,
        "height": frame.height,
        "rotation": frame.rotation,
        "frame_rate": round(float(rate), 3) or None,
        "duration_s": stated,
        "color_primaries": config.color_primaries,
        "color_trc": config.color_trc,
        "colorspace": config.colorspace,
        "color_range": config.color_range,
        "main": stream.index,
        "streams": [
            described.model_dump(mode="json", exclude_none=True)
            for described in describe(container, stream, config, frame, display_matrix(frame))
        ],
    }
