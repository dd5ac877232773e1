from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="PartUrl")


@_attrs_define
class PartUrl:
    """Where a part goes.

    Attributes:
        number (int): Which part it is, from 1.
        bytes_ (int): How long it is; no other length is taken.
        url (str): PUT the bytes here, with no header but their length. Whoever has it may, for 15 minutes: keep it
            secret.
    """

    number: int
    bytes_: int
    url: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        number = self.number

        bytes_ = self.bytes_

        url = self.url

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "number": number,
                "bytes": bytes_,
                "url": url,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        number = d.pop("number")

        bytes_ = d.pop("bytes")

        url = d.pop("url")

        part_url = cls(
            number=number,
            bytes_=bytes_,
            url=url,
        )

        part_url.additional_properties = d
        return part_url

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
