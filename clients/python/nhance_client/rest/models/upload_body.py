from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.upload_state import UploadState, check_upload_state
from ..models.way import Way, check_way

if TYPE_CHECKING:
    from ..models.problem import Problem


T = TypeVar("T", bound="UploadBody")


@_attrs_define
class UploadBody:
    """An upload as it stands.

    Attributes:
        id (str): Identifies the upload.
        state (UploadState):
        way (Way): How the bytes come.
        name (str): The file's name.
        bytes_ (int): The file's length.
        sha256 (None | str): The file's SHA-256, in hex: as announced, or, once complete, as computed.
        part_bytes (int): Length of every part but the last.
        parts_total (int): Number of parts.
        parts_stored (list[int]): Numbers of the parts that are stored, from 1.
        created_at (datetime.datetime): When it began.
        expires_at (datetime.datetime): When it is removed; going on with an unfinished upload puts that off.
        error (None | Problem): Why it failed; null unless it did.
    """

    id: str
    state: UploadState
    way: Way
    name: str
    bytes_: int
    sha256: None | str
    part_bytes: int
    parts_total: int
    parts_stored: list[int]
    created_at: datetime.datetime
    expires_at: datetime.datetime
    error: None | Problem
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.problem import Problem  # noqa: PLC0415

        id = self.id

        state: str = self.state

        way: str = self.way

        name = self.name

        bytes_ = self.bytes_

        sha256: None | str
        sha256 = self.sha256

        part_bytes = self.part_bytes

        parts_total = self.parts_total

        parts_stored = self.parts_stored

        created_at = self.created_at.isoformat()

        expires_at = self.expires_at.isoformat()

        error: dict[str, Any] | None
        if isinstance(self.error, Problem):
            error = self.error.to_dict()
        else:
            error = self.error

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "state": state,
                "way": way,
                "name": name,
                "bytes": bytes_,
                "sha256": sha256,
                "part_bytes": part_bytes,
                "parts_total": parts_total,
                "parts_stored": parts_stored,
                "created_at": created_at,
                "expires_at": expires_at,
                "error": error,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.problem import Problem  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        state = check_upload_state(d.pop("state"))

        way = check_way(d.pop("way"))

        name = d.pop("name")

        bytes_ = d.pop("bytes")

        def _parse_sha256(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        sha256 = _parse_sha256(d.pop("sha256"))

        part_bytes = d.pop("part_bytes")

        parts_total = d.pop("parts_total")

        parts_stored = cast(list[int], d.pop("parts_stored"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        expires_at = datetime.datetime.fromisoformat(d.pop("expires_at"))

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

        upload_body = cls(
            id=id,
            state=state,
            way=way,
            name=name,
            bytes_=bytes_,
            sha256=sha256,
            part_bytes=part_bytes,
            parts_total=parts_total,
            parts_stored=parts_stored,
            created_at=created_at,
            expires_at=expires_at,
            error=error,
        )

        upload_body.additional_properties = d
        return upload_body

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
