from nhance_proto.v1 import frame_batch_pb2 as _frame_batch_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Levels(_message.Message):
    __slots__ = ("luma", "luminance", "contrast", "spread", "saturation", "noise", "histogram")
    LUMA_FIELD_NUMBER: _ClassVar[int]
    LUMINANCE_FIELD_NUMBER: _ClassVar[int]
    CONTRAST_FIELD_NUMBER: _ClassVar[int]
    SPREAD_FIELD_NUMBER: _ClassVar[int]
    SATURATION_FIELD_NUMBER: _ClassVar[int]
    NOISE_FIELD_NUMBER: _ClassVar[int]
    HISTOGRAM_FIELD_NUMBER: _ClassVar[int]
    luma: float
    luminance: float
    contrast: float
    spread: float
    saturation: float
    noise: float
    histogram: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, luma: _Optional[float] = ..., luminance: _Optional[float] = ..., contrast: _Optional[float] = ..., spread: _Optional[float] = ..., saturation: _Optional[float] = ..., noise: _Optional[float] = ..., histogram: _Optional[_Iterable[int]] = ...) -> None: ...

class Sample(_message.Message):
    __slots__ = ("pts", "before", "after", "look")
    PTS_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    LOOK_FIELD_NUMBER: _ClassVar[int]
    pts: int
    before: Levels
    after: Levels
    look: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, pts: _Optional[int] = ..., before: _Optional[_Union[Levels, _Mapping]] = ..., after: _Optional[_Union[Levels, _Mapping]] = ..., look: _Optional[_Iterable[float]] = ...) -> None: ...

class Measured(_message.Message):
    __slots__ = ("time_base", "samples", "poster")
    TIME_BASE_FIELD_NUMBER: _ClassVar[int]
    SAMPLES_FIELD_NUMBER: _ClassVar[int]
    POSTER_FIELD_NUMBER: _ClassVar[int]
    time_base: _frame_batch_pb2.Rational
    samples: _containers.RepeatedCompositeFieldContainer[Sample]
    poster: bytes
    def __init__(self, time_base: _Optional[_Union[_frame_batch_pb2.Rational, _Mapping]] = ..., samples: _Optional[_Iterable[_Union[Sample, _Mapping]]] = ..., poster: _Optional[bytes] = ...) -> None: ...
