from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Mastering")


@_attrs_define
class Mastering:
    """The display that the video was graded on (SMPTE ST 2086): x and y, and cd/m².

    Attributes:
        red (list[float]):
        green (list[float]):
        blue (list[float]):
        white (list[float]):
        highest (float):
        lowest (float):
    """

    red: list[float]
    green: list[float]
    blue: list[float]
    white: list[float]
    highest: float
    lowest: float
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        red = []
        for red_item_data in self.red:
            red_item: float
            red_item = red_item_data
            red.append(red_item)

        green = []
        for green_item_data in self.green:
            green_item: float
            green_item = green_item_data
            green.append(green_item)

        blue = []
        for blue_item_data in self.blue:
            blue_item: float
            blue_item = blue_item_data
            blue.append(blue_item)

        white = []
        for white_item_data in self.white:
            white_item: float
            white_item = white_item_data
            white.append(white_item)

        highest = self.highest

        lowest = self.lowest

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "red": red,
                "green": green,
                "blue": blue,
                "white": white,
                "highest": highest,
                "lowest": lowest,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        red = []
        _red = d.pop("red")
        for red_item_data in _red:

            def _parse_red_item(data: object) -> float:
                return cast(float, data)

            red_item = _parse_red_item(red_item_data)

            red.append(red_item)

        green = []
        _green = d.pop("green")
        for green_item_data in _green:

            def _parse_green_item(data: object) -> float:
                return cast(float, data)

            green_item = _parse_green_item(green_item_data)

            green.append(green_item)

        blue = []
        _blue = d.pop("blue")
        for blue_item_data in _blue:

            def _parse_blue_item(data: object) -> float:
                return cast(float, data)

            blue_item = _parse_blue_item(blue_item_data)

            blue.append(blue_item)

        white = []
        _white = d.pop("white")
        for white_item_data in _white:

            def _parse_white_item(data: object) -> float:
                return cast(float, data)

            white_item = _parse_white_item(white_item_data)

            white.append(white_item)

        highest = d.pop("highest")

        lowest = d.pop("lowest")

        mastering = cls(
            red=red,
            green=green,
            blue=blue,
            white=white,
            highest=highest,
            lowest=lowest,
        )

        mastering.additional_properties = d
        return mastering

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
