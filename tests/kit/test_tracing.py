"""One trace leads from a request through the queue to the model server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import grpc
import numpy as np
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from nhance_enhance.model_client import Model, ModelClient, ModelInfo
from nhance_kit import tracing
from nhance_kit.jobs import JobOptions, Source
from nhance_kit.objects import ObjectStore
from nhance_kit.queue import INGEST
from nhance_kit.settings import Settings
from nhance_kit.store import JobStore, new_job_id
from nhance_kit.worker import Handler, create_worker_app
from nhance_proto.serving import PredictRequest, PredictResponse

SOURCE = Source("walk.mp4", 1000, "0" * 64)
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """What is recorded while a test runs."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    yield exporter
    provider.shutdown()


def parent_of(span: ReadableSpan) -> int | None:
    return span.parent.span_id if span.parent else None


async def test_a_task_goes_on_with_the_trace_of_the_request_that_made_its_job(
    spans: InMemorySpanExporter, settings: Settings, store: JobStore, tenant: str
) -> None:
    with tracing.span("POST", SpanKind.SERVER, tracing.continued(PARENT)):
        job = await store.create(tenant, new_job_id(), SOURCE, JobOptions())
    done = asyncio.Event()
    carried: list[str | None] = []

    def handlers(_: JobStore, __: ObjectStore) -> Mapping[str, Handler]:
        async def ingest(job_id: str) -> None:
            if job_id == job.id:
                carried.append(await asyncio.to_thread(tracing.carried))
                done.set()

        return {INGEST: ingest}

    app = create_worker_app("ingest", settings, handlers)
    async with app.router.lifespan_context(app), asyncio.timeout(120):
        await done.wait()

    found = spans.get_finished_spans()
    (request,) = (span for span in found if span.name == "POST")
    (task,) = (span for span in found if (span.attributes or {}).get("nhance.job_id") == job.id)
    assert {TRACE} == {trace.format_trace_id(span.context.trace_id) for span in (request, task)}
    assert request.context.span_id == parent_of(task)
    assert SpanKind.CONSUMER == task.kind
    assert carried[0] is not None
    assert trace.format_span_id(task.context.span_id) in carried[0]


async def test_without_a_request_a_task_has_a_trace_of_its_own(
    spans: InMemorySpanExporter, store: JobStore, tenant: str
) -> None:
    job = await store.create(tenant, new_job_id(), SOURCE, JobOptions())
    assert await store.steps.traceparent(job.id) is None
    with tracing.span("ingest", SpanKind.CONSUMER, tracing.continued(None)):
        pass
    (span,) = spans.get_finished_spans()
    assert parent_of(span) is None


def test_calls_of_the_model_server_belong_to_the_task(spans: InMemorySpanExporter) -> None:
    told: list[Mapping[str, str | bytes]] = []

    def predict(request: PredictRequest, context: grpc.ServicerContext) -> PredictResponse:
        told.append(dict(context.invocation_metadata()))
        return PredictResponse(outputs=request.inputs)

    server = grpc.server(ThreadPoolExecutor(1))
    handler = grpc.unary_unary_rpc_method_handler(
        predict, PredictRequest.FromString, PredictResponse.SerializeToString
    )
    name = "tensorflow.serving.PredictionService"
    server.add_generic_rpc_handlers(
        [grpc.method_handlers_generic_handler(name, {"Predict": handler})]
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    luma, chroma = np.zeros((1, 4, 6, 1), np.uint8), np.zeros((1, 2, 3, 2), np.uint8)
    with ModelClient(f"127.0.0.1:{port}", deadline_s=30) as client:
        with tracing.span("enhance", SpanKind.CONSUMER, tracing.continued(PARENT)):
            model = Model(client, ModelInfo("fake", 3, {}))
        # The pipeline calls from threads of its own.
        with ThreadPoolExecutor(1) as pool:
            pool.submit(model.enhance, luma, chroma, np.eye(3, 4, dtype=np.float32), 1.0).result()
    server.stop(None).wait()

    # A call's span ends in a thread of gRPC's.
    for _ in range(500):
        if len(spans.get_finished_spans()) == 2:
            break
        time.sleep(0.01)
    task, call = sorted(spans.get_finished_spans(), key=lambda span: span.name != "enhance")
    assert ("Predict", task.context.span_id) == (call.name, parent_of(call))
    span_id = trace.format_span_id(call.context.span_id)
    assert f"00-{TRACE}-{span_id}-01" == told[0]["traceparent"]


def test_nothing_is_recorded_without_an_address(settings: Settings) -> None:
    tracing.configure("test", settings)
    with tracing.span("ingest", SpanKind.CONSUMER, tracing.continued(None)) as span:
        assert not span.is_recording()
    with tracing.span("ingest", SpanKind.CONSUMER, tracing.continued(PARENT)):
        assert PARENT == tracing.carried(), "what a client named goes on all the same"
