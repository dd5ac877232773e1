from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.source_stream import SourceStream


T = TypeVar("T", bound="SourceFile")


@_attrs_define
class SourceFile:
    """
    Attributes:
        format_ (str): Its container; a source's by FFmpeg's name.
        bytes_ (int):
        sha256 (str):
        duration_s (float | None):
        name (str):
        streams (list[SourceStream]):
    """

    format_: str
    bytes_: int
    sha256: str
    duration_s: float | None
    name: str
    streams: list[SourceStream]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        format_ = self.format_

        bytes_ = self.bytes_

        sha256 = self.sha256

        duration_s: float | None
        duration_s = self.duration_s

        name = self.name

        streams = []
        for streams_item_data in self.streams:
            streams_item = streams_item_data.to_dict()
            streams.append(streams_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "format": format_,
                "bytes": bytes_,
                "sha256": sha256,
                "duration_s": duration_s,
                "name": name,
                "streams": streams,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.source_stream import SourceStream  # noqa: PLC0415

        d = dict(src_dict)
        format_ = d.pop("format")

        bytes_ = d.pop("bytes")

        sha256 = d.pop("sha256")

        def _parse_duration_s(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        duration_s = _parse_duration_s(d.pop("duration_s"))

        name = d.pop("name")

        streams = []
        _streams = d.pop("streams")
        for streams_item_data in _streams:
            streams_item = SourceStream.from_dict(streams_item_data)

            streams.append(streams_item)

        source_file = cls(
            format_=format_,
            bytes_=bytes_,
            sha256=sha256,
            duration_s=duration_s,
            name=name,
            streams=streams,
        )

        source_file.additional_properties = d
        return source_file

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
