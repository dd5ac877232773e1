"""What a request asks for: the options of a job, and the labels that travel with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError
from pydantic_core import from_json

from nhance_gateway.errors import FieldError, InvalidFields
from nhance_kit.jobs import AUTOMATIC_CODECS, JobOptions

LABELS_FIELD = "labels"
MAX_LABELS = 16

LABEL_KEY = r"^[A-Za-z0-9][A-Za-z0-9_./-]{0,62}$"
LabelKey = Annotated[str, StringConstraints(pattern=LABEL_KEY)]
LabelValue = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=255)]


def _only_such_keys(schema: dict[str, Any]) -> None:
    """Pydantic's own schema of labels would let other keys in."""
    schema["additionalProperties"] = schema.pop("patternProperties")[LABEL_KEY]
    schema["propertyNames"] = {"pattern": LABEL_KEY}


class JobRequest(JobOptions):
    """The options as fields, and labels beside them."""

    labels: dict[LabelKey, LabelValue] = Field(
        default_factory=dict,
        max_length=MAX_LABELS,
        description=f"Names and values of your own, {MAX_LABELS} at most: they come back with the "
        "job, and jobs can be listed by them.",
        examples=[{"trip": "Jena"}],
        json_schema_extra=_only_such_keys,
    )

    @property
    def options(self) -> JobOptions:
        return JobOptions.model_validate(self.model_dump(include=set(JobOptions.model_fields)))


class UploadedJobRequest(JobRequest):
    """A job of a video that was uploaded before."""

    upload_id: str = Field(description="The id of a complete upload.")


def of_form(fields: Mapping[str, str]) -> JobRequest:
    """What a form's fields ask for; raises InvalidFields with all that are wrong."""
    values: dict[str, Any] = dict(fields)
    if LABELS_FIELD in values:
        try:
            values[LABELS_FIELD] = from_json(values[LABELS_FIELD], allow_inf_nan=False)
        except ValueError as error:
            message = f"is not a JSON object: {error}"
            raise InvalidFields([FieldError(LABELS_FIELD, message)]) from error
    try:
        return JobRequest.model_validate(values)
    except ValidationError as error:
        raise InvalidFields(
            [FieldError(_name(wrong["loc"]), wrong["msg"]) for wrong in error.errors()]
        ) from error


def check_container(wanted: JobOptions) -> None:
    """Raises InvalidFields where the container could hold no video, whatever is sent."""
    codecs = AUTOMATIC_CODECS if wanted.codec is None else (wanted.codec,)
    kind = wanted.container
    if kind is None or not set(codecs).isdisjoint(kind.codecs):
        return
    message = (
        f"{kind.upper()} cannot hold {' or '.join(codecs)} video; choose the codec "
        f"{' or '.join(kind.codecs)}, or another container"
    )
    raise InvalidFields([FieldError("codec", message)])


def _name(place: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in place if part != "[key]")
