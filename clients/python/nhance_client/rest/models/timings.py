from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Timings")


@_attrs_define
class Timings:
    """Seconds. They differ from run to run; nothing else of the report does.

    Attributes:
        queue_s (float): From the upload's end until ingest took the job up.
        ingest_s (float):
        enhance_s (float): From the first batch's start to the last one's end.
        decode_s (float): Summed over the batches; so are the next two.
        model_s (float): In which a batch waited for the model.
        encode_s (float): Encoding, comparison and measuring included.
        mux_s (float):
        frames_per_second (float | None): Frames written by ``enhance_s``.
    """

    queue_s: float
    ingest_s: float
    enhance_s: float
    decode_s: float
    model_s: float
    encode_s: float
    mux_s: float
    frames_per_second: float | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        queue_s = self.queue_s

        ingest_s = self.ingest_s

        enhance_s = self.enhance_s

        decode_s = self.decode_s

        model_s = self.model_s

        encode_s = self.encode_s

        mux_s = self.mux_s

        frames_per_second: float | None
        frames_per_second = self.frames_per_second

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "queue_s": queue_s,
                "ingest_s": ingest_s,
                "enhance_s": enhance_s,
                "decode_s": decode_s,
                "model_s": model_s,
                "encode_s": encode_s,
                "mux_s": mux_s,
                "frames_per_second": frames_per_second,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        queue_s = d.pop("queue_s")

        ingest_s = d.pop("ingest_s")

        enhance_s = d.pop("enhance_s")

        decode_s = d.pop("decode_s")

        model_s = d.pop("model_s")

        encode_s = d.pop("encode_s")

        mux_s = d.pop("mux_s")

        def _parse_frames_per_second(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        frames_per_second = _parse_frames_per_second(d.pop("frames_per_second"))

        timings = cls(
            queue_s=queue_s,
            ingest_s=ingest_s,
            enhance_s=enhance_s,
            decode_s=decode_s,
            model_s=model_s,
            encode_s=encode_s,
            mux_s=mux_s,
            frames_per_second=frames_per_second,
        )

        timings.additional_properties = d
        return timings

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
