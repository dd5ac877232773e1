from __future__ import annotations

from collections.abc import Mapping
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.batches import Batches
    from ..models.change import Change
    from ..models.encoder_used import EncoderUsed
    from ..models.frames import Frames
    from ..models.measured import Measured
    from ..models.model_used import ModelUsed
    from ..models.output_file import OutputFile
    from ..models.source_file import SourceFile
    from ..models.timings import Timings


T = TypeVar("T", bound="Report")


@_attrs_define
class Report:
    """What a job made of a video, and what it did to it.

    Attributes:
        job (str): The job's id.
        source (SourceFile):
        output (OutputFile):
        changes (list[Change]):
        frames (Frames): How many frames came in and went out.
        batches (Batches): Frame batches, and how often one was begun: more often than there are where work was lost.
        model (ModelUsed):
        encoder (EncoderUsed):
        measured (Measured): The picture over time, as the model saw it: the first frame of each ``every_s``.

            Of high dynamic range that is its rendition in standard dynamic range.
        timings (Timings): Seconds. They differ from run to run; nothing else of the report does.
        version (Literal[1] | Unset): Of this document's format. Default: 1.
    """

    job: str
    source: SourceFile
    output: OutputFile
    changes: list[Change]
    frames: Frames
    batches: Batches
    model: ModelUsed
    encoder: EncoderUsed
    measured: Measured
    timings: Timings
    version: Literal[1] | Unset = 1
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        job = self.job

        source = self.source.to_dict()

        output = self.output.to_dict()

        changes = []
        for changes_item_data in self.changes:
            changes_item = changes_item_data.to_dict()
            changes.append(changes_item)

        frames = self.frames.to_dict()

        batches = self.batches.to_dict()

        model = self.model.to_dict()

        encoder = self.encoder.to_dict()

        measured = self.measured.to_dict()

        timings = self.timings.to_dict()

        version = self.version

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "job": job,
                "source": source,
                "output": output,
                "changes": changes,
                "frames": frames,
                "batches": batches,
                "model": model,
                "encoder": encoder,
                "measured": measured,
                "timings": timings,
            }
        )
        if version is not UNSET:
            field_dict["version"] = version

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.batches import Batches  # noqa: PLC0415
        from ..models.change import Change  # noqa: PLC0415
        from ..models.encoder_used import EncoderUsed  # noqa: PLC0415
        from ..models.frames import Frames  # noqa: PLC0415
        from ..models.measured import Measured  # noqa: PLC0415
        from ..models.model_used import ModelUsed  # noqa: PLC0415
        from ..models.output_file import OutputFile  # noqa: PLC0415
        from ..models.source_file import SourceFile  # noqa: PLC0415
        from ..models.timings import Timings  # noqa: PLC0415

        d = dict(src_dict)
        job = d.pop("job")

        source = SourceFile.from_dict(d.pop("source"))

        output = OutputFile.from_dict(d.pop("output"))

        changes = []
        _changes = d.pop("changes")
        for changes_item_data in _changes:
            changes_item = Change.from_dict(changes_item_data)

            changes.append(changes_item)

        frames = Frames.from_dict(d.pop("frames"))

        batches = Batches.from_dict(d.pop("batches"))

        model = ModelUsed.from_dict(d.pop("model"))

        encoder = EncoderUsed.from_dict(d.pop("encoder"))

        measured = Measured.from_dict(d.pop("measured"))

        timings = Timings.from_dict(d.pop("timings"))

        version = cast(Literal[1] | Unset, d.pop("version", UNSET))
        if version != 1 and not isinstance(version, Unset):
            raise ValueError(f"version must match const 1, got '{version}'")

        report = cls(
            job=job,
            source=source,
            output=output,
            changes=changes,
            frames=frames,
            batches=batches,
            model=model,
            encoder=encoder,
            measured=measured,
            timings=timings,
            version=version,
        )

        report.additional_properties = d
        return report

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
