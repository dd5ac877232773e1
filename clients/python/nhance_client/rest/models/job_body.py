from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.job_state import JobState, check_job_state

if TYPE_CHECKING:
    from ..models.job_body_labels import JobBodyLabels
    from ..models.job_body_media_type_0 import JobBodyMediaType0
    from ..models.job_options import JobOptions
    from ..models.links import Links
    from ..models.output_body import OutputBody
    from ..models.problem import Problem
    from ..models.progress import Progress
    from ..models.source_body import SourceBody


T = TypeVar("T", bound="JobBody")


@_attrs_define
class JobBody:
    """A job as it stands.

    Attributes:
        id (str): Identifies the job.
        state (JobState):
        created_at (datetime.datetime): When the upload was complete.
        started_at (datetime.datetime | None): When work on it began.
        finished_at (datetime.datetime | None): When it ended, one way or another.
        options (JobOptions): What a person may choose for a job. The defaults are the recommended ones.
        source (SourceBody): The upload, as it was received.
        media (JobBodyMediaType0 | None): What the source is made of; null until it has been read.
        model_version (int | None): The version of the model that this job uses throughout; null until known.
        labels (JobBodyLabels): What was sent along as `labels`.
        progress (Progress): How far a job is, counted.
        warnings (list[str]): What a person should know about the result.
        error (None | Problem): Why the job failed; null unless it did.
        output (None | OutputBody): The result; null until the job succeeded.
        links (Links): Where to go from here.
    """

    id: str
    state: JobState
    created_at: datetime.datetime
    started_at: datetime.datetime | None
    finished_at: datetime.datetime | None
    options: JobOptions
    source: SourceBody
    media: JobBodyMediaType0 | None
    model_version: int | None
    labels: JobBodyLabels
    progress: Progress
    warnings: list[str]
    error: None | Problem
    output: None | OutputBody
    links: Links
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.job_body_media_type_0 import JobBodyMediaType0  # noqa: PLC0415
        from ..models.output_body import OutputBody  # noqa: PLC0415
        from ..models.problem import Problem  # noqa: PLC0415

        id = self.id

        state: str = self.state

        created_at = self.created_at.isoformat()

        started_at: None | str
        if isinstance(self.started_at, datetime.datetime):
            started_at = self.started_at.isoformat()
        else:
            started_at = self.started_at

        finished_at: None | str
        if isinstance(self.finished_at, datetime.datetime):
            finished_at = self.finished_at.isoformat()
        else:
            finished_at = self.finished_at

        options = self.options.to_dict()

        source = self.source.to_dict()

        media: dict[str, Any] | None
        if isinstance(self.media, JobBodyMediaType0):
            media = self.media.to_dict()
        else:
            media = self.media

        model_version: int | None
        model_version = self.model_version

        labels = self.labels.to_dict()

        progress = self.progress.to_dict()

        warnings = self.warnings

        error: dict[str, Any] | None
        if isinstance(self.error, Problem):
            error = self.error.to_dict()
        else:
            error = self.error

        output: dict[str, Any] | None
        if isinstance(self.output, OutputBody):
            output = self.output.to_dict()
        else:
            output = self.output

        links = self.links.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "state": state,
                "created_at": created_at,
                "started_at": started_at,
                "finished_at": finished_at,
                "options": options,
                "source": source,
                "media": media,
                "model_version": model_version,
                "labels": labels,
                "progress": progress,
                "warnings": warnings,
                "error": error,
                "output": output,
                "links": links,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.job_body_labels import JobBodyLabels  # noqa: PLC0415
        from ..models.job_body_media_type_0 import JobBodyMediaType0  # noqa: PLC0415
        from ..models.job_options import JobOptions  # noqa: PLC0415
        from ..models.links import Links  # noqa: PLC0415
        from ..models.output_body import OutputBody  # noqa: PLC0415
        from ..models.problem import Problem  # noqa: PLC0415
        from ..models.progress import Progress  # noqa: PLC0415
        from ..models.source_body import SourceBody  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        state = check_job_state(d.pop("state"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_started_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                started_at_type_0 = datetime.datetime.fromisoformat(data)

                return started_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        started_at = _parse_started_at(d.pop("started_at"))

        def _parse_finished_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                finished_at_type_0 = datetime.datetime.fromisoformat(data)

                return finished_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        finished_at = _parse_finished_at(d.pop("finished_at"))

        options = JobOptions.from_dict(d.pop("options"))

        source = SourceBody.from_dict(d.pop("source"))

        def _parse_media(data: object) -> JobBodyMediaType0 | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                media_type_0 = JobBodyMediaType0.from_dict(data)

                return media_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(JobBodyMediaType0 | None, data)

        media = _parse_media(d.pop("media"))

        def _parse_model_version(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        model_version = _parse_model_version(d.pop("model_version"))

        labels = JobBodyLabels.from_dict(d.pop("labels"))

        progress = Progress.from_dict(d.pop("progress"))

        warnings = cast(list[str], d.pop("warnings"))

        def _parse_error(data: object) -> None | Problem:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                error_type_0 = Problem.from_dict(data)

                return error_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Problem, data)

        error = _parse_error(d.pop("error"))

        def _parse_output(data: object) -> None | OutputBody:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                output_type_0 = OutputBody.from_dict(data)

                return output_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | OutputBody, data)

        output = _parse_output(d.pop("output"))

        links = Links.from_dict(d.pop("links"))

        job_body = cls(
            id=id,
            state=state,
            created_at=created_at,
            started_at=started_at,
            finished_at=finished_at,
            options=options,
            source=source,
            media=media,
            model_version=model_version,
            labels=labels,
            progress=progress,
            warnings=warnings,
            error=error,
            output=output,
            links=links,
        )

        job_body.additional_properties = d
        return job_body

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
