from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Rational(_message.Message):
    __slots__ = ("numerator", "denominator")
    NUMERATOR_FIELD_NUMBER: _ClassVar[int]
    DENOMINATOR_FIELD_NUMBER: _ClassVar[int]
    numerator: int
    denominator: int
    def __init__(self, numerator: _Optional[int] = ..., denominator: _Optional[int] = ...) -> None: ...

class VideoConfig(_message.Message):
    __slots__ = ("codec", "codec_tag", "extradata", "width", "height", "pix_fmt", "color_primaries", "color_trc", "colorspace", "color_range", "sample_aspect_ratio", "frame_rate", "mastering_display", "max_cll", "max_fall", "interlaced", "chroma_location", "reordered")
    CODEC_FIELD_NUMBER: _ClassVar[int]
    CODEC_TAG_FIELD_NUMBER: _ClassVar[int]
    EXTRADATA_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    PIX_FMT_FIELD_NUMBER: _ClassVar[int]
    COLOR_PRIMARIES_FIELD_NUMBER: _ClassVar[int]
    COLOR_TRC_FIELD_NUMBER: _ClassVar[int]
    COLORSPACE_FIELD_NUMBER: _ClassVar[int]
    COLOR_RANGE_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_ASPECT_RATIO_FIELD_NUMBER: _ClassVar[int]
    FRAME_RATE_FIELD_NUMBER: _ClassVar[int]
    MASTERING_DISPLAY_FIELD_NUMBER: _ClassVar[int]
    MAX_CLL_FIELD_NUMBER: _ClassVar[int]
    MAX_FALL_FIELD_NUMBER: _ClassVar[int]
    INTERLACED_FIELD_NUMBER: _ClassVar[int]
    CHROMA_LOCATION_FIELD_NUMBER: _ClassVar[int]
    REORDERED_FIELD_NUMBER: _ClassVar[int]
    codec: str
    codec_tag: bytes
    extradata: bytes
    width: int
    height: int
    pix_fmt: str
    color_primaries: int
    color_trc: int
    colorspace: int
    color_range: int
    sample_aspect_ratio: Rational
    frame_rate: Rational
    mastering_display: _containers.RepeatedScalarFieldContainer[int]
    max_cll: int
    max_fall: int
    interlaced: bool
    chroma_location: int
    reordered: int
    def __init__(self, codec: _Optional[str] = ..., codec_tag: _Optional[bytes] = ..., extradata: _Optional[bytes] = ..., width: _Optional[int] = ..., height: _Optional[int] = ..., pix_fmt: _Optional[str] = ..., color_primaries: _Optional[int] = ..., color_trc: _Optional[int] = ..., colorspace: _Optional[int] = ..., color_range: _Optional[int] = ..., sample_aspect_ratio: _Optional[_Union[Rational, _Mapping]] = ..., frame_rate: _Optional[_Union[Rational, _Mapping]] = ..., mastering_display: _Optional[_Iterable[int]] = ..., max_cll: _Optional[int] = ..., max_fall: _Optional[int] = ..., interlaced: bool = ..., chroma_location: _Optional[int] = ..., reordered: _Optional[int] = ...) -> None: ...

class Packet(_message.Message):
    __slots__ = ("pts", "dts", "duration", "keyframe", "discard", "data", "extradata")
    PTS_FIELD_NUMBER: _ClassVar[int]
    DTS_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    KEYFRAME_FIELD_NUMBER: _ClassVar[int]
    DISCARD_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    EXTRADATA_FIELD_NUMBER: _ClassVar[int]
    pts: int
    dts: int
    duration: int
    keyframe: bool
    discard: bool
    data: bytes
    extradata: bytes
    def __init__(self, pts: _Optional[int] = ..., dts: _Optional[int] = ..., duration: _Optional[int] = ..., keyframe: bool = ..., discard: bool = ..., data: _Optional[bytes] = ..., extradata: _Optional[bytes] = ...) -> None: ...

class FrameBatch(_message.Message):
    __slots__ = ("video", "time_base", "start_pts", "end_pts", "frames", "packets")
    VIDEO_FIELD_NUMBER: _ClassVar[int]
    TIME_BASE_FIELD_NUMBER: _ClassVar[int]
    START_PTS_FIELD_NUMBER: _ClassVar[int]
    END_PTS_FIELD_NUMBER: _ClassVar[int]
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    PACKETS_FIELD_NUMBER: _ClassVar[int]
    video: VideoConfig
    time_base: Rational
    start_pts: int
    end_pts: int
    frames: int
    packets: _containers.RepeatedCompositeFieldContainer[Packet]
    def __init__(self, video: _Optional[_Union[VideoConfig, _Mapping]] = ..., time_base: _Optional[_Union[Rational, _Mapping]] = ..., start_pts: _Optional[int] = ..., end_pts: _Optional[int] = ..., frames: _Optional[int] = ..., packets: _Optional[_Iterable[_Union[Packet, _Mapping]]] = ...) -> None: ...
