from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.series import Series


T = TypeVar("T", bound="Measured")


@_attrs_define
class Measured:
    """The picture over time, as the model saw it: the first frame of each ``every_s``.

    Of high dynamic range that is its rendition in standard dynamic range.

        Attributes:
            every_s (float): Half a second; more for long videos.
            time_s (list[float]): When the measured frames are shown.
            look (list[list[float]] | None): The model's look of each; null for a model without one.
            before (Series): Means over a picture, one value for each entry of ``Measured.time_s``.

                A signal is 0 (black) … 1 (white), before the display's curve.
            after (Series): Means over a picture, one value for each entry of ``Measured.time_s``.

                A signal is 0 (black) … 1 (white), before the display's curve.
    """

    every_s: float
    time_s: list[float]
    look: list[list[float]] | None
    before: Series
    after: Series
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        every_s = self.every_s

        time_s = self.time_s

        look: list[list[float]] | None
        if isinstance(self.look, list):
            look = []
            for look_type_0_item_data in self.look:
                look_type_0_item = look_type_0_item_data

                look.append(look_type_0_item)

        else:
            look = self.look

        before = self.before.to_dict()

        after = self.after.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "every_s": every_s,
                "time_s": time_s,
                "look": look,
                "before": before,
                "after": after,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.series import Series  # noqa: PLC0415

        d = dict(src_dict)
        every_s = d.pop("every_s")

        time_s = cast(list[float], d.pop("time_s"))

        def _parse_look(data: object) -> list[list[float]] | None:
            if data is None:
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                look_type_0 = []
                _look_type_0 = data
                for look_type_0_item_data in _look_type_0:
                    look_type_0_item = cast(list[float], look_type_0_item_data)

                    look_type_0.append(look_type_0_item)

                return look_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[list[float]] | None, data)

        look = _parse_look(d.pop("look"))

        before = Series.from_dict(d.pop("before"))

        after = Series.from_dict(d.pop("after"))

        measured = cls(
            every_s=every_s,
            time_s=time_s,
            look=look,
            before=before,
            after=after,
        )

        measured.additional_properties = d
        return measured

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
