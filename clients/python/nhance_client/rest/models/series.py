from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Series")


@_attrs_define
class Series:
    """Means over a picture, one value for each entry of ``Measured.time_s``.

    A signal is 0 (black) … 1 (white), before the display's curve.

        Attributes:
            luma (list[float]): The mean signal.
            luminance (list[float]): The mean light, white is 1 (ITU-R BT.1886).
            contrast (list[float]): The standard deviation of the signal (RMS).
            spread (list[float]): From the signal's 5th percentile to its 95th.
            saturation (list[float]): The mean distance from grey, √(Cb²+Cr²).
            noise (list[float]): The standard deviation of the noise in the signal (Immerkær 1996); fine texture counts as
                noise.
            histogram (list[float]): Of the whole video: shares of the signal in 32 equal steps, in all 1.
    """

    luma: list[float]
    luminance: list[float]
    contrast: list[float]
    spread: list[float]
    saturation: list[float]
    noise: list[float]
    histogram: list[float]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        luma = self.luma

        luminance = self.luminance

        contrast = self.contrast

        spread = self.spread

        saturation = self.saturation

        noise = self.noise

        histogram = self.histogram

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "luma": luma,
                "luminance": luminance,
                "contrast": contrast,
                "spread": spread,
                "saturation": saturation,
                "noise": noise,
                "histogram": histogram,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        luma = cast(list[float], d.pop("luma"))

        luminance = cast(list[float], d.pop("luminance"))

        contrast = cast(list[float], d.pop("contrast"))

        spread = cast(list[float], d.pop("spread"))

        saturation = cast(list[float], d.pop("saturation"))

        noise = cast(list[float], d.pop("noise"))

        histogram = cast(list[float], d.pop("histogram"))

        series = cls(
            luma=luma,
            luminance=luminance,
            contrast=contrast,
            spread=spread,
            saturation=saturation,
            noise=noise,
            histogram=histogram,
        )

        series.additional_properties = d
        return series

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
