from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.model_body_speed_type_0 import (
    ModelBodySpeedType0,
    check_model_body_speed_type_0,
)

if TYPE_CHECKING:
    from ..models.model_body_labels import ModelBodyLabels


T = TypeVar("T", bound="ModelBody")


@_attrs_define
class ModelBody:
    """A model that videos can be enhanced with.

    Attributes:
        name (str): Pass it as the option `model`.
        versions (list[int]): The versions there are.
        labels (ModelBodyLabels): The versions that jobs begin with, by their option `model_label`; without `stable`
            that is the newest one.
        canary_share (float): The share of jobs without `model_label` that begin with the canary, 0 to 1.
        input_ (None | str): Which frames it is for; null where it does not say.
        speed (ModelBodySpeedType0 | None): On an ordinary processor: `live` takes about as long as the video lasts,
            `fast` a few times as long, `slow` far longer; null where it does not say.
        default (bool): Whether it is taken when none is named.
    """

    name: str
    versions: list[int]
    labels: ModelBodyLabels
    canary_share: float
    input_: None | str
    speed: ModelBodySpeedType0 | None
    default: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        versions = self.versions

        labels = self.labels.to_dict()

        canary_share = self.canary_share

        input_: None | str
        input_ = self.input_

        speed: None | str
        if isinstance(self.speed, str):
            speed = self.speed
        else:
            speed = self.speed

        default = self.default

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "versions": versions,
                "labels": labels,
                "canary_share": canary_share,
                "input": input_,
                "speed": speed,
                "default": default,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.model_body_labels import ModelBodyLabels  # noqa: PLC0415

        d = dict(src_dict)
        name = d.pop("name")

        versions = cast(list[int], d.pop("versions"))

        labels = ModelBodyLabels.from_dict(d.pop("labels"))

        canary_share = d.pop("canary_share")

        def _parse_input_(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        input_ = _parse_input_(d.pop("input"))

        def _parse_speed(data: object) -> ModelBodySpeedType0 | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                speed_type_0 = check_model_body_speed_type_0(data)

                return speed_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ModelBodySpeedType0 | None, data)

        speed = _parse_speed(d.pop("speed"))

        default = d.pop("default")

        model_body = cls(
            name=name,
            versions=versions,
            labels=labels,
            canary_share=canary_share,
            input_=input_,
            speed=speed,
            default=default,
        )

        model_body.additional_properties = d
        return model_body

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
