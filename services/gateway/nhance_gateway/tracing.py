"""W3C Trace Context: the id under which a request is found in everybody's logs."""

from __future__ import annotations

import re
from uuid import uuid4

import structlog
from opentelemetry.trace import SpanKind, format_trace_id
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from nhance_kit.tracing import continued, span

# Version, trace id, parent id, flags; a later version may add to them (§3.2.2, §4.3).
_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")


def trace_id_of(headers: Headers) -> str | None:
    """The trace id that a request came with; None where there is none, or none that is valid."""
    found = headers.getlist("traceparent")
    match = _TRACEPARENT.fullmatch(found[0].strip()) if len(found) == 1 else None
    if match is None:
        return None
    version, trace_id, parent_id, more = match.groups()
    if version == "ff" or (version == "00" and more):
        return None
    return trace_id if int(trace_id, 16) and int(parent_id, 16) else None


class Traced:
    """Gives every request a trace id, its own or a new one, and every line of its log as well."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        parent = continued(headers["traceparent"] if trace_id_of(headers) else None)
        # The path may hold what only its job's owner knows; the route is not found yet.
        with span(scope["method"], SpanKind.SERVER, parent) as request_span:
            context = request_span.get_span_context()
            trace_id = format_trace_id(context.trace_id) if context.is_valid else uuid4().hex
            scope.setdefault("state", {})["trace_id"] = trace_id
            with structlog.contextvars.bound_contextvars(trace_id=trace_id):
                await self._app(scope, receive, send)


def trace_id(request: Request) -> str | None:
    """The trace id of a request that came through Traced."""
    found: str | None = getattr(request.state, "trace_id", None)
    return found
