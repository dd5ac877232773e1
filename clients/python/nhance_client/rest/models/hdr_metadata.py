from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.mastering import Mastering


T = TypeVar("T", bound="HdrMetadata")


@_attrs_define
class HdrMetadata:
    """Static metadata of high dynamic range.

    Attributes:
        mastering (Mastering | None | Unset):
        max_cll (int | None | Unset): The brightest pixel, cd/m² (CTA-861.3).
        max_fall (int | None | Unset): The brightest frame's mean, cd/m² (CTA-861.3).
    """

    mastering: Mastering | None | Unset = UNSET
    max_cll: int | None | Unset = UNSET
    max_fall: int | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.mastering import Mastering  # noqa: PLC0415

        mastering: dict[str, Any] | None | Unset
        if isinstance(self.mastering, Unset):
            mastering = UNSET
        elif isinstance(self.mastering, Mastering):
            mastering = self.mastering.to_dict()
        else:
            mastering = self.mastering

        max_cll: int | None | Unset
        if isinstance(self.max_cll, Unset):
            max_cll = UNSET
        else:
            max_cll = self.max_cll

        max_fall: int | None | Unset
        if isinstance(self.max_fall, Unset):
            max_fall = UNSET
        else:
            max_fall = self.max_fall

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if mastering is not UNSET:
            field_dict["mastering"] = mastering
        if max_cll is not UNSET:
            field_dict["max_cll"] = max_cll
        if max_fall is not UNSET:
            field_dict["max_fall"] = max_fall

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.mastering import Mastering  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_mastering(data: object) -> Mastering | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                mastering_type_0 = Mastering.from_dict(data)

                return mastering_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Mastering | None | Unset, data)

        mastering = _parse_mastering(d.pop("mastering", UNSET))

        def _parse_max_cll(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        max_cll = _parse_max_cll(d.pop("max_cll", UNSET))

        def _parse_max_fall(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        max_fall = _parse_max_fall(d.pop("max_fall", UNSET))

        hdr_metadata = cls(
            mastering=mastering,
            max_cll=max_cll,
            max_fall=max_fall,
        )

        hdr_metadata.additional_properties = d
        return hdr_metadata

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
