from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.colour_tags_range_type_0 import (
    ColourTagsRangeType0,
    check_colour_tags_range_type_0,
)
from ..types import UNSET, Unset

T = TypeVar("T", bound="ColourTags")


@_attrs_define
class ColourTags:
    """Names of the code points of ITU-T H.273; null where they say nothing.

    Attributes:
        primaries (None | str | Unset):
        transfer (None | str | Unset):
        matrix (None | str | Unset):
        range_ (ColourTagsRangeType0 | None | Unset):
    """

    primaries: None | str | Unset = UNSET
    transfer: None | str | Unset = UNSET
    matrix: None | str | Unset = UNSET
    range_: ColourTagsRangeType0 | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        primaries: None | str | Unset
        if isinstance(self.primaries, Unset):
            primaries = UNSET
        else:
            primaries = self.primaries

        transfer: None | str | Unset
        if isinstance(self.transfer, Unset):
            transfer = UNSET
        else:
            transfer = self.transfer

        matrix: None | str | Unset
        if isinstance(self.matrix, Unset):
            matrix = UNSET
        else:
            matrix = self.matrix

        range_: None | str | Unset
        if isinstance(self.range_, Unset):
            range_ = UNSET
        elif isinstance(self.range_, str):
            range_ = self.range_
        else:
            range_ = self.range_

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if primaries is not UNSET:
            field_dict["primaries"] = primaries
        if transfer is not UNSET:
            field_dict["transfer"] = transfer
        if matrix is not UNSET:
            field_dict["matrix"] = matrix
        if range_ is not UNSET:
            field_dict["range"] = range_

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_primaries(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        primaries = _parse_primaries(d.pop("primaries", UNSET))

        def _parse_transfer(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        transfer = _parse_transfer(d.pop("transfer", UNSET))

        def _parse_matrix(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        matrix = _parse_matrix(d.pop("matrix", UNSET))

        def _parse_range_(data: object) -> ColourTagsRangeType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                range_type_0 = check_colour_tags_range_type_0(data)

                return range_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ColourTagsRangeType0 | None | Unset, data)

        range_ = _parse_range_(d.pop("range", UNSET))

        colour_tags = cls(
            primaries=primaries,
            transfer=transfer,
            matrix=matrix,
            range_=range_,
        )

        colour_tags.additional_properties = d
        return colour_tags

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
