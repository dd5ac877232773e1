from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.stage import Stage, check_stage

T = TypeVar("T", bound="Progress")


@_attrs_define
class Progress:
    """How far a job is, counted.

    Attributes:
        stage (Stage): What is being done for a job.
        frames_done (int): Frames enhanced so far.
        frames_total (int | None): Frames of the video; null until it has been read.
        batches_done (int): Frame batches finished so far.
        batches_total (int): Frame batches of the video; 0 until it has been read.
        frames_per_second (float | None): Frames enhanced each second, counted over the last 10 to 20 seconds and all
            workers; null while none are.
        queue_position (int | None): How many jobs, whosever they are, were made earlier and have frames to be enhanced;
            null once frames of this one are being enhanced.
        seconds_left (float | None): Until all frames are enhanced, if it goes on as it goes; joining them comes on top.
            Null while no frames are being enhanced.
    """

    stage: Stage
    frames_done: int
    frames_total: int | None
    batches_done: int
    batches_total: int
    frames_per_second: float | None
    queue_position: int | None
    seconds_left: float | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        stage: str = self.stage

        frames_done = self.frames_done

        frames_total: int | None
        frames_total = self.frames_total

        batches_done = self.batches_done

        batches_total = self.batches_total

        frames_per_second: float | None
        frames_per_second = self.frames_per_second

        queue_position: int | None
        queue_position = self.queue_position

        seconds_left: float | None
        seconds_left = self.seconds_left

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "stage": stage,
                "frames_done": frames_done,
                "frames_total": frames_total,
                "batches_done": batches_done,
                "batches_total": batches_total,
                "frames_per_second": frames_per_second,
                "queue_position": queue_position,
                "seconds_left": seconds_left,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        stage = check_stage(d.pop("stage"))

        frames_done = d.pop("frames_done")

        def _parse_frames_total(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        frames_total = _parse_frames_total(d.pop("frames_total"))

        batches_done = d.pop("batches_done")

        batches_total = d.pop("batches_total")

        def _parse_frames_per_second(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        frames_per_second = _parse_frames_per_second(d.pop("frames_per_second"))

        def _parse_queue_position(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        queue_position = _parse_queue_position(d.pop("queue_position"))

        def _parse_seconds_left(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        seconds_left = _parse_seconds_left(d.pop("seconds_left"))

        progress = cls(
            stage=stage,
            frames_done=frames_done,
            frames_total=frames_total,
            batches_done=batches_done,
            batches_total=batches_total,
            frames_per_second=frames_per_second,
            queue_position=queue_position,
            seconds_left=seconds_left,
        )

        progress.additional_properties = d
        return progress

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
