"""Every error as RFC 9457 ``application/problem+json``: the one place that decides what is told."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from nhance_gateway.errors import (
    FieldError,
    InvalidFields,
    MissingScope,
    RangeNotSatisfiable,
    Unauthenticated,
)
from nhance_gateway.methods import allowed_methods
from nhance_gateway.security import SECURITY_HEADERS
from nhance_gateway.tracing import trace_id
from nhance_kit.errors import Conflict, Internal, NhanceError
from nhance_kit.states import IllegalTransition

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
REF = "#/components/schemas/{model}"  # where the OpenAPI document keeps a model's schema


class FieldProblem(BaseModel):
    """One field that is wrong."""

    field: str = Field(description="Its name.", examples=["strength"])
    message: str = Field(
        description="What is wrong with it.", examples=["must be less than or equal to 1"]
    )


class Problem(BaseModel):
    """What went wrong, by RFC 9457."""

    type: str = Field(
        description="Identifies the kind of problem; never changes.",
        examples=["/problems/no-video"],
    )
    title: str = Field(
        description="The kind of problem, in words.", examples=["The file holds no video"]
    )
    status: int = Field(description="The HTTP status.", examples=[422])
    detail: str = Field(
        description="What happened this time, and what can be done about it.",
        examples=["The file is empty; it has no bytes at all."],
    )
    code: str = Field(
        description="The last part of `type`, to decide by in a program.", examples=["no-video"]
    )
    instance: str | None = Field(
        default=None, description="The path that was asked for.", examples=["/v1/jobs"]
    )
    errors: list[FieldProblem] | None = Field(
        default=None, description="Where fields are wrong: all of them."
    )
    trace_id: str | None = Field(
        default=None,
        description="Names this request in the service's logs; the one of the request's "
        "`traceparent`, if it had one.",
        examples=["4bf92f3577b34da6a3ce929d0e0e4736"],
    )


def describe(error: NhanceError, instance: str | None = None) -> Problem:
    """The problem that an error is to the outside."""
    fields = None
    if isinstance(error, InvalidFields):
        fields = [FieldProblem(field=wrong.field, message=wrong.message) for wrong in error.errors]
    return Problem(
        type=f"/problems/{error.code}",
        title=error.title,
        status=error.status,
        detail=public_detail(type(error), str(error)),
        code=error.code,
        instance=instance,
        errors=fields,
    )


def public_detail(kind: type[NhanceError], detail: str) -> str:
    """``detail``, unless it could tell of addresses, keys or code: the logs have those."""
    if kind.transient:
        return "A part of the service did not answer. Try again in a moment."
    if kind.code == Internal.code:
        return "Something went wrong inside the service. Its log has the details."
    return detail


def stored_problem(error: Mapping[str, str]) -> Problem:
    """The problem of an error as it stands in the database; it knows its code, and so its class."""
    kind = kind_of(error["code"])
    return Problem(
        type=f"/problems/{kind.code}",
        title=kind.title,
        status=kind.status,
        detail=public_detail(kind, error["detail"]),
        code=kind.code,
    )


def kinds() -> dict[str, type[NhanceError]]:
    """Every class of errors by its code; the highest, where some have one in common."""
    found: dict[str, type[NhanceError]] = {}
    todo: list[type[NhanceError]] = [NhanceError]
    for kind in todo:
        found.setdefault(kind.code, kind)
        todo.extend(kind.__subclasses__())
    return found


def kind_of(code: str) -> type[NhanceError]:
    """The class of errors that has this code; Internal for one that nobody knows."""
    return kinds().get(code, Internal)


def add_problem_handlers(app: FastAPI) -> None:
    """Answer every exception that leaves a route of ``app`` with a problem."""

    @app.exception_handler(NhanceError)
    async def ours(request: Request, error: NhanceError) -> Response:
        if error.status >= 500:
            log.error("request_failed", path=request.url.path, code=error.code, reason=str(error))
        return _answer(request, describe(error, request.url.path), _headers(error))

    @app.exception_handler(IllegalTransition)
    async def illegal(request: Request, error: IllegalTransition) -> Response:
        conflict = Conflict(f"The job has ended already: it is {error.state}.")
        return _answer(request, describe(conflict, request.url.path))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        wrong = [FieldError(str(entry["loc"][-1]), str(entry["msg"])) for entry in error.errors()]
        return _answer(request, describe(InvalidFields(wrong), request.url.path))

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        title = HTTPStatus(error.status_code).phrase
        problem = Problem(
            type="about:blank",
            title=title,
            status=error.status_code,
            detail=error.detail if error.detail != title else f"{title}: {request.url.path}",
            code=title.lower().replace(" ", "-"),
            instance=request.url.path,
        )
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = ", ".join(allowed_methods(request))
        return _answer(request, problem, headers)

    @app.exception_handler(ClientDisconnect)
    async def gone(request: Request, _: ClientDisconnect) -> Response:
        log.info("client_disconnected", path=request.url.path)
        return Response(status_code=HTTPStatus.BAD_REQUEST)

    # Starlette answers this one outside of the middleware, and raises it again: the server logs
    # the traceback.
    @app.exception_handler(Exception)
    async def unforeseen(request: Request, error: Exception) -> Response:
        log.error("request_broke", path=request.url.path, reason=repr(error))
        return _answer(request, describe(Internal(), request.url.path), SECURITY_HEADERS)


def _headers(error: NhanceError) -> dict[str, str]:
    match error:
        case RangeNotSatisfiable():
            return {"Content-Range": f"bytes */{error.size}"}
        case Unauthenticated() | MissingScope():
            return {"WWW-Authenticate": error.challenge}
        case NhanceError(retry_after_s=int(seconds)):
            return {"Retry-After": str(seconds)}
        case _:
            return {}


def _answer(
    request: Request, problem: Problem, headers: Mapping[str, str] | None = None
) -> Response:
    problem.trace_id = trace_id(request)
    return Response(
        problem.model_dump_json(exclude_none=True),
        status_code=problem.status,
        headers=dict(headers or {}),
        media_type=MEDIA_TYPE,
    )
