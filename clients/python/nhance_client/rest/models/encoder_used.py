from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="EncoderUsed")


@_attrs_define
class EncoderUsed:
    """
    Attributes:
        codec (str):
        pix_fmt (str):
        crf (int | None): The constant rate factor; null where `qp` is given.
        qp (int | None): The one quantiser, of H.264 and of NVENC, that nobody asked less of.
        preset (str):
        version (None | str | Unset): What all batches were encoded with; NVENC is named with its card and driver. Null
            in reports from before this was told.
    """

    codec: str
    pix_fmt: str
    crf: int | None
    qp: int | None
    preset: str
    version: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        codec = self.codec

        pix_fmt = self.pix_fmt

        crf: int | None
        crf = self.crf

        qp: int | None
        qp = self.qp

        preset = self.preset

        version: None | str | Unset
        if isinstance(self.version, Unset):
            version = UNSET
        else:
            version = self.version

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "codec": codec,
                "pix_fmt": pix_fmt,
                "crf": crf,
                "qp": qp,
                "preset": preset,
            }
        )
        if version is not UNSET:
            field_dict["version"] = version

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        codec = d.pop("codec")

        pix_fmt = d.pop("pix_fmt")

        def _parse_crf(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        crf = _parse_crf(d.pop("crf"))

        def _parse_qp(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        qp = _parse_qp(d.pop("qp"))

        preset = d.pop("preset")

        def _parse_version(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        version = _parse_version(d.pop("version", UNSET))

        encoder_used = cls(
            codec=codec,
            pix_fmt=pix_fmt,
            crf=crf,
            qp=qp,
            preset=preset,
            version=version,
        )

        encoder_used.additional_properties = d
        return encoder_used

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
