"""What FastAPI can't see of the API by itself: the streamed form, and the problems."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from nhance_gateway import problems
from nhance_gateway.access import COOKIE, needed_scope
from nhance_gateway.bodies import JSON
from nhance_gateway.form import FILE_FIELD
from nhance_gateway.problems import Problem
from nhance_gateway.requested import LABELS_FIELD, JobRequest, UploadedJobRequest

SESSION_PATH = "/v1/session"
REF = "#/components/schemas/{model}"

Responses = dict[int | str, dict[str, Any]]


def problem_responses(**sentences: str) -> Responses:
    """``_404="No such job."`` and so on; any other problem is documented as the default."""
    described = {name.removeprefix("_"): sentence for name, sentence in sentences.items()}
    described["default"] = "Another problem."
    return {
        status: {
            "description": sentence,
            "content": {problems.MEDIA_TYPE: {"schema": {"$ref": REF.format(model="Problem")}}},
        }
        for status, sentence in described.items()
    }


def upload_body() -> dict[str, Any]:
    """The form of ``POST /v1/jobs``: the file and the fields of JobRequest."""
    options = JobRequest.model_json_schema(ref_template=REF)["properties"]
    file = {"type": "string", "format": "binary", "description": "The video."}
    schema = {
        "type": "object",
        "properties": {FILE_FIELD: file, **options},
        "required": [FILE_FIELD],
        "additionalProperties": False,
    }
    uploaded = UploadedJobRequest.model_json_schema(ref_template=REF)
    del uploaded["$defs"]  # they are among the components already
    form = {"schema": schema, "encoding": {LABELS_FIELD: {"contentType": "application/json"}}}
    content = {"multipart/form-data": form, JSON: {"schema": uploaded}}
    return {"requestBody": {"required": True, "content": content}}


def add_openapi(app: FastAPI) -> None:
    """Make ``app.openapi()`` tell of problems as well."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                webhooks=app.webhooks.routes,
                tags=app.openapi_tags,
            )
            schemas = app.openapi_schema.setdefault("components", {}).setdefault("schemas", {})
            problem = Problem.model_json_schema(ref_template=REF)
            schemas.update(problem.pop("$defs"))
            schemas["Problem"] = problem
            _add_security(app.openapi_schema)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _add_security(document: dict[str, Any]) -> None:
    """Tell how to come in, and of every operation which scope it needs."""
    document["components"]["securitySchemes"] = {
        "key": {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key, `nhk_…`, or an OpenID token where the service takes them.",
        },
        "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
    }
    refusals = problem_responses(
        _401="No key, or none that is valid.",
        _403="The key lacks the scope, or a page of another site asked.",
        _429="Too many wrong keys came from this address.",
    )
    for path, operations in document["paths"].items():
        if path == SESSION_PATH:
            continue
        for method, operation in operations.items():
            scope = needed_scope(method.upper(), path)
            operation["security"] = [{"key": [scope]}, {"session": [scope]}]
            for status, response in refusals.items():
                operation["responses"].setdefault(status, response)
