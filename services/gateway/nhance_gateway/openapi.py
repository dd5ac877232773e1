"""What FastAPI can't see of the API by itself: the streamed bodies, the problems, who gets in."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from copy import deepcopy
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from nhance_gateway import problems
from nhance_gateway.access import COOKIE, needed_scope
from nhance_gateway.bodies import JSON
from nhance_gateway.form import FILE_FIELD
from nhance_gateway.problems import REF, Problem
from nhance_gateway.requested import LABELS_FIELD, JobRequest, UploadedJobRequest

SESSION_PATH = "/v1/session"

Document = dict[str, Any]
Responses = dict[int | str, dict[str, Any]]

RETRY_AFTER = {
    "Retry-After": {
        "description": "Seconds until it is worth a look, or another try.",
        "schema": {"type": "integer"},
    }
}


def problem_responses(*, later: Collection[str] = (), **sentences: str) -> Responses:
    """``_404="No such job."`` and so on; any other problem is documented as the default.

    ``later`` names the statuses that may come with `Retry-After`.
    """
    described = {name.removeprefix("_"): sentence for name, sentence in sentences.items()}
    described["default"] = "Another problem."
    return {
        status: {
            "description": sentence,
            "content": {problems.MEDIA_TYPE: {"schema": {"$ref": REF.format(model="Problem")}}},
            **({"headers": RETRY_AFTER} if status in later else {}),
        }
        for status, sentence in described.items()
    }


def upload_body() -> dict[str, Any]:
    """The bodies of ``POST /v1/jobs``: the id of an upload, or the form that holds the file."""
    form = _schema(JobRequest)
    file = {"type": "string", "format": "binary", "description": "The video."}
    form |= {
        "title": "JobForm",
        "description": "A video, and how to enhance it.",
        "properties": {
            FILE_FIELD: file,
            **{name: _without_null(option) for name, option in form["properties"].items()},
        },
        "required": [FILE_FIELD],
    }
    encoding = {LABELS_FIELD: {"contentType": JSON}}
    content = {
        JSON: {"schema": _schema(UploadedJobRequest)},
        "multipart/form-data": {"schema": form, "encoding": encoding},
    }
    return {"requestBody": {"required": True, "content": content}}


def add_openapi(app: FastAPI) -> None:
    """Make ``app.openapi()`` tell of all that."""

    def document() -> Document:
        if app.openapi_schema is None:
            # Routes share what they were given with the document, which is changed from here on.
            found = deepcopy(
                get_openapi(
                    title=app.title,
                    version=app.version,
                    description=app.description,
                    routes=app.routes,
                    webhooks=app.webhooks.routes,
                    tags=app.openapi_tags,
                )
            )
            _add_schema(found, _schema(Problem))
            for _, _, operation in _operations(found):
                _name_bodies(found, operation)
                for parameter in operation.get("parameters", ()):
                    parameter["schema"] = _without_null(parameter["schema"])
            _add_security(found)
            app.openapi_schema = found
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema(ref_template=REF)


def _operations(document: Document) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every path, method and operation."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield path, method.upper(), operation


def _add_schema(document: Document, schema: dict[str, Any]) -> dict[str, str]:
    """Give a schema its place among the components; returns a reference to it."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name, part in schema.pop("$defs", {}).items():
        schemas.setdefault(name, part)
    schemas[schema["title"]] = schema
    return {"$ref": REF.format(model=schema["title"])}


def _name_bodies(document: Document, operation: dict[str, Any]) -> None:
    """A body that a route reads by itself stands in the route; clients want a name for it."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        if "title" in content["schema"]:
            content["schema"] = _add_schema(document, content["schema"])


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter or a form's field may be left out, which is None here; it can't be null there."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    if rest.get("default", ...) is None:
        del rest["default"]
    return {**rest, **kinds[0]}


def _add_security(document: Document) -> None:
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
        later=["429"],
        _401="No key, or none that is valid.",
        _403="The key lacks the scope, or a page of another site asked.",
        _429="Too many wrong keys came from this address.",
    )
    for path, method, operation in _operations(document):
        if path == SESSION_PATH:
            continue
        scope = needed_scope(method, path)
        operation["security"] = [{"key": [scope]}, {"session": [scope]}]
        for status, response in refusals.items():
            operation["responses"].setdefault(status, response)
