from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.colour_tags import ColourTags
    from ..models.hdr_metadata import HdrMetadata


T = TypeVar("T", bound="Stream")


@_attrs_define
class Stream:
    """A stream as its file describes it; video has the fields from ``width`` on.

    Attributes:
        index (int):
        type_ (str):
        codec (None | str | Unset): FFmpeg's name of it.
        language (None | str | Unset):
        duration_s (float | None | Unset): Null where the container does not say.
        packets (int | None | Unset): Null where the container does not count them.
        width (int | None | Unset): Pixels, as stored.
        height (int | None | Unset):
        pix_fmt (None | str | Unset):
        sample_aspect_ratio (None | str | Unset):
        frame_rate (float | None | Unset): The mean.
        colour (ColourTags | None | Unset):
        rotation (int | None | Unset): Degrees counter-clockwise to turn the picture by.
        reflected (bool | None | Unset): Whether it is to be mirrored as well.
        hdr (HdrMetadata | None | Unset): Null where there is none.
    """

    index: int
    type_: str
    codec: None | str | Unset = UNSET
    language: None | str | Unset = UNSET
    duration_s: float | None | Unset = UNSET
    packets: int | None | Unset = UNSET
    width: int | None | Unset = UNSET
    height: int | None | Unset = UNSET
    pix_fmt: None | str | Unset = UNSET
    sample_aspect_ratio: None | str | Unset = UNSET
    frame_rate: float | None | Unset = UNSET
    colour: ColourTags | None | Unset = UNSET
    rotation: int | None | Unset = UNSET
    reflected: bool | None | Unset = UNSET
    hdr: HdrMetadata | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.colour_tags import ColourTags  # noqa: PLC0415
        from ..models.hdr_metadata import HdrMetadata  # noqa: PLC0415

        index = self.index

        type_ = self.type_

        codec: None | str | Unset
        if isinstance(self.codec, Unset):
            codec = UNSET
        else:
            codec = self.codec

        language: None | str | Unset
        if isinstance(self.language, Unset):
            language = UNSET
        else:
            language = self.language

        duration_s: float | None | Unset
        if isinstance(self.duration_s, Unset):
            duration_s = UNSET
        else:
            duration_s = self.duration_s

        packets: int | None | Unset
        if isinstance(self.packets, Unset):
            packets = UNSET
        else:
            packets = self.packets

        width: int | None | Unset
        if isinstance(self.width, Unset):
            width = UNSET
        else:
            width = self.width

        height: int | None | Unset
        if isinstance(self.height, Unset):
            height = UNSET
        else:
            height = self.height

        pix_fmt: None | str | Unset
        if isinstance(self.pix_fmt, Unset):
            pix_fmt = UNSET
        else:
            pix_fmt = self.pix_fmt

        sample_aspect_ratio: None | str | Unset
        if isinstance(self.sample_aspect_ratio, Unset):
            sample_aspect_ratio = UNSET
        else:
            sample_aspect_ratio = self.sample_aspect_ratio

        frame_rate: float | None | Unset
        if isinstance(self.frame_rate, Unset):
            frame_rate = UNSET
        else:
            frame_rate = self.frame_rate

        colour: dict[str, Any] | None | Unset
        if isinstance(self.colour, Unset):
            colour = UNSET
        elif isinstance(self.colour, ColourTags):
            colour = self.colour.to_dict()
        else:
            colour = self.colour

        rotation: int | None | Unset
        if isinstance(self.rotation, Unset):
            rotation = UNSET
        else:
            rotation = self.rotation

        reflected: bool | None | Unset
        if isinstance(self.reflected, Unset):
            reflected = UNSET
        else:
            reflected = self.reflected

        hdr: dict[str, Any] | None | Unset
        if isinstance(self.hdr, Unset):
            hdr = UNSET
        elif isinstance(self.hdr, HdrMetadata):
            hdr = self.hdr.to_dict()
        else:
            hdr = self.hdr

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "index": index,
                "type": type_,
            }
        )
        if codec is not UNSET:
            field_dict["codec"] = codec
        if language is not UNSET:
            field_dict["language"] = language
        if duration_s is not UNSET:
            field_dict["duration_s"] = duration_s
        if packets is not UNSET:
            field_dict["packets"] = packets
        if width is not UNSET:
            field_dict["width"] = width
        if height is not UNSET:
            field_dict["height"] = height
        if pix_fmt is not UNSET:
            field_dict["pix_fmt"] = pix_fmt
        if sample_aspect_ratio is not UNSET:
            field_dict["sample_aspect_ratio"] = sample_aspect_ratio
        if frame_rate is not UNSET:
            field_dict["frame_rate"] = frame_rate
        if colour is not UNSET:
            field_dict["colour"] = colour
        if rotation is not UNSET:
            field_dict["rotation"] = rotation
        if reflected is not UNSET:
            field_dict["reflected"] = reflected
        if hdr is not UNSET:
            field_dict["hdr"] = hdr

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.colour_tags import ColourTags  # noqa: PLC0415
        from ..models.hdr_metadata import HdrMetadata  # noqa: PLC0415

        d = dict(src_dict)
        index = d.pop("index")

        type_ = d.pop("type")

        def _parse_codec(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        codec = _parse_codec(d.pop("codec", UNSET))

        def _parse_language(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        language = _parse_language(d.pop("language", UNSET))

        def _parse_duration_s(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        duration_s = _parse_duration_s(d.pop("duration_s", UNSET))

        def _parse_packets(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        packets = _parse_packets(d.pop("packets", UNSET))

        def _parse_width(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        width = _parse_width(d.pop("width", UNSET))

        def _parse_height(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        height = _parse_height(d.pop("height", UNSET))

        def _parse_pix_fmt(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        pix_fmt = _parse_pix_fmt(d.pop("pix_fmt", UNSET))

        def _parse_sample_aspect_ratio(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        sample_aspect_ratio = _parse_sample_aspect_ratio(d.pop("sample_aspect_ratio", UNSET))

        def _parse_frame_rate(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        frame_rate = _parse_frame_rate(d.pop("frame_rate", UNSET))

        def _parse_colour(data: object) -> ColourTags | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                colour_type_0 = ColourTags.from_dict(data)

                return colour_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ColourTags | None | Unset, data)

        colour = _parse_colour(d.pop("colour", UNSET))

        def _parse_rotation(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        rotation = _parse_rotation(d.pop("rotation", UNSET))

        def _parse_reflected(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        reflected = _parse_reflected(d.pop("reflected", UNSET))

        def _parse_hdr(data: object) -> HdrMetadata | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                hdr_type_0 = HdrMetadata.from_dict(data)

                return hdr_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(HdrMetadata | None | Unset, data)

        hdr = _parse_hdr(d.pop("hdr", UNSET))

        stream = cls(
            index=index,
            type_=type_,
            codec=codec,
            language=language,
            duration_s=duration_s,
            packets=packets,
            width=width,
            height=height,
            pix_fmt=pix_fmt,
            sample_aspect_ratio=sample_aspect_ratio,
            frame_rate=frame_rate,
            colour=colour,
            rotation=rotation,
            reflected=reflected,
            hdr=hdr,
        )

        stream.additional_properties = d
        return stream

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
