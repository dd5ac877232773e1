"""Traces by OpenTelemetry: from the POST, through the queue, to the calls of the model server.

What links a task to the request that caused it is W3C's ``traceparent``, kept with the job. Spans
are recorded where there is an address for them; the trace that a client names is in all logs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from nhance_kit.settings import Settings

HEADER = "traceparent"

_propagator = TraceContextTextMapPropagator()


def configure(service: str, settings: Settings) -> None:
    """Send this process's spans to ``settings.otlp_endpoint``, if there is one."""
    if settings.otlp_endpoint is None:
        return
    resource = Resource.create({"service.name": service, "service.namespace": "nhance"})
    provider = TracerProvider(resource=resource)
    exporter = OTLPSpanExporter(endpoint=f"{settings.otlp_endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)


def carried(context: Context | None = None) -> str | None:
    """The current span, or that of ``context``, as a traceparent; None where there is none."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier, context)
    return carrier.get(HEADER)


def continued(traceparent: str | None) -> Context:
    """The context in which spans go on where ``traceparent`` ended; without one, a new trace."""
    return _propagator.extract({HEADER: traceparent} if traceparent else {}, Context())


@contextmanager
def span(name: str, kind: SpanKind, parent: Context) -> Iterator[Span]:
    """A span that is current within the block, and in the log of it."""
    tracer = trace.get_tracer("nhance")
    with tracer.start_as_current_span(name, parent, kind) as found:
        context = found.get_span_context()
        bound = {"trace_id": trace.format_trace_id(context.trace_id)} if context.is_valid else {}
        with structlog.contextvars.bound_contextvars(**bound):
            yield found


def started(name: str, parent: Context | None) -> Span:
    """A span of a call that is under way; whoever started it ends it."""
    return trace.get_tracer("nhance").start_span(name, parent, SpanKind.CLIENT)
