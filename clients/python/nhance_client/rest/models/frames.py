from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Frames")


@_attrs_define
class Frames:
    """How many frames came in and went out.

    Attributes:
        received (int): That the source's packets hold: written and lost.
        written (int):
        concealed (int): Damaged ones that the decoder patched up.
        lost (int): That could not be decoded.
    """

    received: int
    written: int
    concealed: int
    lost: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        received = self.received

        written = self.written

        concealed = self.concealed

        lost = self.lost

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "received": received,
                "written": written,
                "concealed": concealed,
                "lost": lost,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        received = d.pop("received")

        written = d.pop("written")

        concealed = d.pop("concealed")

        lost = d.pop("lost")

        frames = cls(
            received=received,
            written=written,
            concealed=concealed,
            lost=lost,
        )

        frames.additional_properties = d
        return frames

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
