from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Links")


@_attrs_define
class Links:
    """Where to go from here.

    Attributes:
        self_ (str): This job.
        events (str): This job as it changes, as server-sent events.
        video (None | str): The enhanced video; null until the job has succeeded.
        comparison (None | str): The comparison video; null until the job has succeeded, and where none was asked for.
        poster (None | str): A still of the enhanced video; null until the job has succeeded.
        report (None | str): What was done to the video; null until the job has succeeded.
    """

    self_: str
    events: str
    video: None | str
    comparison: None | str
    poster: None | str
    report: None | str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        self_ = self.self_

        events = self.events

        video: None | str
        video = self.video

        comparison: None | str
        comparison = self.comparison

        poster: None | str
        poster = self.poster

        report: None | str
        report = self.report

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "self": self_,
                "events": events,
                "video": video,
                "comparison": comparison,
                "poster": poster,
                "report": report,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        self_ = d.pop("self")

        events = d.pop("events")

        def _parse_video(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        video = _parse_video(d.pop("video"))

        def _parse_comparison(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        comparison = _parse_comparison(d.pop("comparison"))

        def _parse_poster(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        poster = _parse_poster(d.pop("poster"))

        def _parse_report(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        report = _parse_report(d.pop("report"))

        links = cls(
            self_=self_,
            events=events,
            video=video,
            comparison=comparison,
            poster=poster,
            report=report,
        )

        links.additional_properties = d
        return links

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
