from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.codec import Codec, check_codec
from ..models.comparison import Comparison, check_comparison
from ..models.container import Container, check_container
from ..models.metadata import Metadata, check_metadata
from ..models.model_label import ModelLabel, check_model_label
from ..models.uploaded_job_request_preset import (
    UploadedJobRequestPreset,
    check_uploaded_job_request_preset,
)
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.uploaded_job_request_labels import UploadedJobRequestLabels


T = TypeVar("T", bound="UploadedJobRequest")


@_attrs_define
class UploadedJobRequest:
    """A job of a video that was uploaded before.

    Attributes:
        upload_id (str): The id of a complete upload.
        model (str | Unset): Name of the model; GET /v1/models lists them. Default: 'look'.
        model_label (ModelLabel | None | Unset): Which version of the model: `stable`, or `canary` where there is one.
            By default as it is rolled out: the stable one, or the canary for its share of the jobs.
        strength (float | Unset): How much of the model's change to apply. Default: 1.0.
        codec (Codec | None | Unset): Codec of the output; by default H.264 for 8 bits, HEVC for more (HDR).
        crf (int | None | Unset): Constant rate factor of the encoder, lower is better. By default the output is near to
            lossless: H.264 with one quantiser of 12, HEVC with a factor of 14, AV1 of 10.
        preset (UploadedJobRequestPreset | Unset): Speed of the encoder against the size of the file. Default:
            'veryfast'.
        nvenc (bool | Unset): Encode on the graphics card where a worker has one with NVENC: faster, files somewhat
            larger. It is for 8 bits in standard dynamic range and 4:2:0; elsewhere the processor encodes, with a warning.
            `crf` is then NVENC's own constant quality; by default there is one quantiser: 12, for AV1 13 of 255. Default:
            False.
        sdr (bool | Unset): Give HDR video back in standard dynamic range, tone-mapped to BT.709. Default: False.
        strict (bool | Unset): Refuse a video whose frames change their size or format in mid-stream, rather than bring
            them to the first one's, between black bars where their shape differs. Default: False.
        container (Container | None | Unset): Container of the output; by default the source's own kind: MP4, MOV (with
            AV1 it becomes MP4), MKV, or WebM where the codec is AV1 (else MKV). AVI and MPEG files become MP4, or what
            carries their sound untouched. `webm` needs the codec AV1, `mov` any other.
        metadata (Metadata | Unset):
        comparison (Comparison | Unset):
        callback_url (None | str | Unset): Where to tell of the job's end: an https:// address that anybody can reach.
            What is posted there is described under webhooks.
        labels (UploadedJobRequestLabels | Unset): Names and values of your own, 16 at most: they come back with the
            job, and jobs can be listed by them.
    """

    upload_id: str
    model: str | Unset = "look"
    model_label: ModelLabel | None | Unset = UNSET
    strength: float | Unset = 1.0
    codec: Codec | None | Unset = UNSET
    crf: int | None | Unset = UNSET
    preset: UploadedJobRequestPreset | Unset = "veryfast"
    nvenc: bool | Unset = False
    sdr: bool | Unset = False
    strict: bool | Unset = False
    container: Container | None | Unset = UNSET
    metadata: Metadata | Unset = UNSET
    comparison: Comparison | Unset = UNSET
    callback_url: None | str | Unset = UNSET
    labels: UploadedJobRequestLabels | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        upload_id = self.upload_id

        model = self.model

        model_label: None | str | Unset
        if isinstance(self.model_label, Unset):
            model_label = UNSET
        elif isinstance(self.model_label, str):
            model_label = self.model_label
        else:
            model_label = self.model_label

        strength = self.strength

        codec: None | str | Unset
        if isinstance(self.codec, Unset):
            codec = UNSET
        elif isinstance(self.codec, str):
            codec = self.codec
        else:
            codec = self.codec

        crf: int | None | Unset
        if isinstance(self.crf, Unset):
            crf = UNSET
        else:
            crf = self.crf

        preset: str | Unset = UNSET
        if not isinstance(self.preset, Unset):
            preset = self.preset

        nvenc = self.nvenc

        sdr = self.sdr

        strict = self.strict

        container: None | str | Unset
        if isinstance(self.container, Unset):
            container = UNSET
        elif isinstance(self.container, str):
            container = self.container
        else:
            container = self.container

        metadata: str | Unset = UNSET
        if not isinstance(self.metadata, Unset):
            metadata = self.metadata

        comparison: str | Unset = UNSET
        if not isinstance(self.comparison, Unset):
            comparison = self.comparison

        callback_url: None | str | Unset
        if isinstance(self.callback_url, Unset):
            callback_url = UNSET
        else:
            callback_url = self.callback_url

        labels: dict[str, Any] | Unset = UNSET
        if not isinstance(self.labels, Unset):
            labels = self.labels.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "upload_id": upload_id,
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

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.uploaded_job_request_labels import UploadedJobRequestLabels  # noqa: PLC0415

        d = dict(src_dict)
        upload_id = d.pop("upload_id")

        model = d.pop("model", UNSET)

        def _parse_model_label(data: object) -> ModelLabel | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                model_label_type_0 = check_model_label(data)

                return model_label_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ModelLabel | None | Unset, data)

        model_label = _parse_model_label(d.pop("model_label", UNSET))

        strength = d.pop("strength", UNSET)

        def _parse_codec(data: object) -> Codec | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                codec_type_0 = check_codec(data)

                return codec_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Codec | None | Unset, data)

        codec = _parse_codec(d.pop("codec", UNSET))

        def _parse_crf(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        crf = _parse_crf(d.pop("crf", UNSET))

        _preset = d.pop("preset", UNSET)
        preset: UploadedJobRequestPreset | Unset
        if isinstance(_preset, Unset):
            preset = UNSET
        else:
            preset = check_uploaded_job_request_preset(_preset)

        nvenc = d.pop("nvenc", UNSET)

        sdr = d.pop("sdr", UNSET)

        strict = d.pop("strict", UNSET)

        def _parse_container(data: object) -> Container | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                container_type_0 = check_container(data)

                return container_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Container | None | Unset, data)

        container = _parse_container(d.pop("container", UNSET))

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

        def _parse_callback_url(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        callback_url = _parse_callback_url(d.pop("callback_url", UNSET))

        _labels = d.pop("labels", UNSET)
        labels: UploadedJobRequestLabels | Unset
        if isinstance(_labels, Unset):
            labels = UNSET
        else:
            labels = UploadedJobRequestLabels.from_dict(_labels)

        uploaded_job_request = cls(
            upload_id=upload_id,
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

        return uploaded_job_request
