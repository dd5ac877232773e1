"""JSON bodies of requests: no more of one is read than any honest one has."""

from __future__ import annotations

from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from nhance_gateway.errors import FieldError, InvalidFields
from nhance_gateway.problems import REF
from nhance_kit.errors import TooLarge

JSON = "application/json"
MAX_BYTES = 64 << 10

Body = TypeVar("Body", bound=BaseModel)


def is_json(request: Request) -> bool:
    """Whether the body says that it is JSON."""
    kind, _, _ = request.headers.get("content-type", "").partition(";")
    return kind.strip().lower() == JSON


async def json_body(request: Request, model: type[Body]) -> Body:
    """The body of a request; raises TooLarge and InvalidFields, for too deep a nesting as well."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > MAX_BYTES:
            raise TooLarge(f"The body is longer than {MAX_BYTES >> 10} KiB.")
    try:
        return model.model_validate_json(bytes(data))
    except ValidationError as error:
        raise InvalidFields(
            [
                FieldError(".".join(map(str, wrong["loc"])) or "body", wrong["msg"])
                for wrong in error.errors()
            ]
        ) from error


def json_request(model: type[BaseModel]) -> dict[str, Any]:
    """How the OpenAPI document tells of a body that ``json_body`` reads."""
    return {
        "requestBody": {
            "required": True,
            "content": {JSON: {"schema": model.model_json_schema(ref_template=REF)}},
        }
    }
