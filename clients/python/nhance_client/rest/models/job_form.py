from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from .. import types
from ..models.codec import Codec, check_codec
from ..models.comparison import Comparison, check_comparison
from ..models.container import Container, check_container
from ..models.job_form_preset import JobFormPreset, check_job_form_preset
from ..models.metadata import Metadata, check_metadata
from ..models.model_label import ModelLabel, check_model_label
from ..types import UNSET, File, Unset

if TYPE_CHECKING:
    from ..models.job_form_labels import JobFormLabels


T = TypeVar("T", bound="JobForm")


@_attrs_define
class JobForm:
    """A video, and how to enhance it.

    Attributes:
        file (File): The video.
        model (str | Unset): Name of the model; GET /v1/models lists them. Default: 'look'.
        model_label (ModelLabel | Unset):
        strength (float | Unset): How much of the model's change to apply. Default: 1.0.
        codec (Codec | Unset):
        crf (int | Unset): Constant rate factor of the encoder, lower is better. By default the output is near to
            lossless: H.264 with one quantiser of 12, HEVC with a factor of 14, AV1 of 10.
        preset (JobFormPreset | Unset): Speed of the encoder against the size of the file. Default: 'veryfast'.
        nvenc (bool | Unset): Encode on the graphics card where a worker has one with NVENC: faster, files somewhat
            larger. It is for 8 bits in standard dynamic range and 4:2:0; elsewhere the processor encodes, with a warning.
            `crf` is then NVENC's own constant quality; by default there is one quantiser: 12, for AV1 13 of 255. Default:
            False.
        sdr (bool | Unset): Give HDR video back in standard dynamic range, tone-mapped to BT.709. Default: False.
        strict (bool | Unset): Refuse a video whose frames change their size or format in mid-stream, rather than bring
            them to the first one's, between black bars where their shape differs. Default: False.
        container (Container | Unset):
        metadata (Metadata | Unset):
        comparison (Comparison | Unset):
        callback_url (str | Unset): Where to tell of the job's end: an https:// address that anybody can reach. What is
            posted there is described under webhooks.
        labels (JobFormLabels | Unset): Names and values of your own, 16 at most: they come back with the job, and jobs
            can be listed by them.
    """

    file: File
    model: str | Unset = "look"
    model_label: ModelLabel | Unset = UNSET
    strength: float | Unset = 1.0
    codec: Codec | Unset = UNSET
    crf: int | Unset = UNSET
    preset: JobFormPreset | Unset = "veryfast"
    nvenc: bool | Unset = False
    sdr: bool | Unset = False
    strict: bool | Unset = False
    container: Container | Unset = UNSET
    metadata: Metadata | Unset = UNSET
    comparison: Comparison | Unset = UNSET
    callback_url: str | Unset = UNSET
    labels: JobFormLabels | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        file = self.file.to_tuple()

        model = self.model

        model_label: str | Unset = UNSET
        if not isinstance(self.model_label, Unset):
            model_label = self.model_label

        strength = self.strength

        codec: str | Unset = UNSET
        if not isinstance(self.codec, Unset):
            codec = self.codec

        crf = self.crf

        preset: str | Unset = UNSET
        if not isinstance(self.preset, Unset):
            preset = self.preset

        nvenc = self.nvenc

        sdr = self.sdr

        strict = self.strict

        container: str | Unset = UNSET
        if not isinstance(self.container, Unset):
            container = self.container

        metadata: str | Unset = UNSET
        if not isinstance(self.metadata, Unset):
            metadata = self.metadata

        comparison: str | Unset = UNSET
        if not isinstance(self.comparison, Unset):
            comparison = self.comparison

        callback_url = self.callback_url

        labels: dict[str, Any] | Unset = UNSET
        if not isinstance(self.labels, Unset):
            labels = self.labels.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "file": file,
            }
        )
        if model is not UNSET:
            field_dict["model"] = model
        if model_label is not UNSET:
            field_dict["model_label"] = model_label
        if strength is not UNSET:
            field_dict["strength"] = strength
        if codec is not UNSET:
            field_dict["codec"] = codec
        if crf is not UNSET:
            field_dict["crf"] = crf
        if preset is not UNSET:
            field_dict["preset"] = preset
        if nvenc is not UNSET:
            field_dict["nvenc"] = nvenc
        if sdr is not UNSET:
            field_dict["sdr"] = sdr
        if strict is not UNSET:
            field_dict["strict"] = strict
        if container is not UNSET:
            field_dict["container"] = container
        if metadata is not UNSET:
            field_dict["metadata"] = metadata
        if comparison is not UNSET:
            field_dict["comparison"] = comparison
        if callback_url is not UNSET:
            field_dict["callback_url"] = callback_url
        if labels is not UNSET:
            field_dict["labels"] = labels

        return field_dict

    def to_multipart(self) -> types.RequestFiles:
        files: types.RequestFiles = []

        files.append(("file", self.file.to_tuple()))

        if not isinstance(self.model, Unset):
            files.append(("model", (None, str(self.model).encode(), "text/plain")))

        if not isinstance(self.model_label, Unset):
            files.append(("model_label", (None, str(self.model_label).encode(), "text/plain")))

        if not isinstance(self.strength, Unset):
            files.append(("strength", (None, str(self.strength).encode(), "text/plain")))

        if not isinstance(self.codec, Unset):
            files.append(("codec", (None, str(self.codec).encode(), "text/plain")))

        if not isinstance(self.crf, Unset):
            files.append(("crf", (None, str(self.crf).encode(), "text/plain")))

        if not isinstance(self.preset, Unset):
            files.append(("preset", (None, str(self.preset).encode(), "text/plain")))

        if not isinstance(self.nvenc, Unset):
            files.append(("nvenc", (None, str(self.nvenc).encode(), "text/plain")))

        if not isinstance(self.sdr, Unset):
            files.append(("sdr", (None, str(self.sdr).encode(), "text/plain")))

        if not isinstance(self.strict, Unset):
            files.append(("strict", (None, str(self.strict).encode(), "text/plain")))

        if not isinstance(self.container, Unset):
            files.append(("container", (None, str(self.container).encode(), "text/plain")))

        if not isinstance(self.metadata, Unset):
            files.append(("metadata", (None, str(self.metadata).encode(), "text/plain")))

        if not isinstance(self.comparison, Unset):
            files.append(("comparison", (None, str(self.comparison).encode(), "text/plain")))

        if not isinstance(self.callback_url, Unset):
            files.append(("callback_url", (None, str(self.callback_url).encode(), "text/plain")))

        if not isinstance(self.labels, Unset):
            files.append(
                ("labels", (None, json.dumps(self.labels.to_dict()).encode(), "application/json"))
            )

        return files

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.job_form_labels import JobFormLabels  # noqa: PLC0415

        d = dict(src_dict)
        file = File(payload=BytesIO(d.pop("file")))

        model = d.pop("model", UNSET)

        _model_label = d.pop("model_label", UNSET)
        model_label: ModelLabel | Unset
        if isinstance(_model_label, Unset):
            model_label = UNSET
        else:
            model_label = check_model_label(_model_label)

        strength = d.pop("strength", UNSET)

        _codec = d.pop("codec", UNSET)
        codec: Codec | Unset
        if isinstance(_codec, Unset):
            codec = UNSET
        else:
            codec = check_codec(_codec)

        crf = d.pop("crf", UNSET)

        _preset = d.pop("preset", UNSET)
        preset: JobFormPreset | Unset
        if isinstance(_preset, Unset):
            preset = UNSET
        else:
            preset = check_job_form_preset(_preset)

        nvenc = d.pop("nvenc", UNSET)

        sdr = d.pop("sdr", UNSET)

        strict = d.pop("strict", UNSET)

        _container = d.pop("container", UNSET)
        container: Container | Unset
        if isinstance(_container, Unset):
            container = UNSET
        else:
            container = check_container(_container)

        _metadata = d.pop("metadata", UNSET)
        metadata: Metadata | Unset
        if isinstance(_metadata, Unset):
            metadata = UNSET
        else:
            metadata = check_metadata(_metadata)

        _comparison = d.pop("comparison", UNSET)
        comparison: Comparison | Unset
        if isinstance(_comparison, Unset):
            comparison = UNSET
        else:
            comparison = check_comparison(_comparison)

        callback_url = d.pop("callback_url", UNSET)

        _labels = d.pop("labels", UNSET)
        labels: JobFormLabels | Unset
        if isinstance(_labels, Unset):
            labels = UNSET
        else:
            labels = JobFormLabels.from_dict(_labels)

        job_form = cls(
            file=file,
            model=model,
            model_label=model_label,
            strength=strength,
            codec=codec,
            crf=crf,
            preset=preset,
            nvenc=nvenc,
            sdr=sdr,
            strict=strict,
            container=container,
            metadata=metadata,
            comparison=comparison,
            callback_url=callback_url,
            labels=labels,
        )

        return job_form
