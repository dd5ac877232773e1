from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Change")


@_attrs_define
class Change:
    """Something that was changed, left out or lost, and why: one of the job's warnings.

    Attributes:
        code (str): Never changes its meaning.
        sentence (str):
        stream (int | None): The source's stream that it is about.
        count (int | None): Of how many frames, where it is about some.
    """

    code: str
    sentence: str
    stream: int | None
    count: int | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        sentence = self.sentence

        stream: int | None
        stream = self.stream

        count: int | None
        count = self.count

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "code": code,
                "sentence": sentence,
                "stream": stream,
                "count": count,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        code = d.pop("code")

        sentence = d.pop("sentence")

        def _parse_stream(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        stream = _parse_stream(d.pop("stream"))

        def _parse_count(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        count = _parse_count(d.pop("count"))

        change = cls(
            code=code,
            sentence=sentence,
            stream=stream,
            count=count,
        )

        change.additional_properties = d
        return change

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
