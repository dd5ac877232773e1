"""A queue worker as a small FastAPI app: its lifespan runs the worker, its routes tell of it."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI, Response
from opentelemetry.trace import SpanKind
from procrastinate import App, BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job as Task
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from psycopg.errors import RaiseException

from nhance_kit import logs, metrics, tracing
from nhance_kit.allocator import keep_freed_memory
from nhance_kit.errors import (
    Internal,
    NhanceError,
    StoreUnavailable,
    Superseded,
)
from nhance_kit.objects import ObjectStore
from nhance_kit.presence import Presence
from nhance_kit.queue import CRON_OF_TASK, PATIENT_TASKS, QUEUE_OF_TASK, make_queue, uncount
from nhance_kit.retry import HANDED_BACK, MAX_ATTEMPTS, in_our_terms, retry_delay_s
from nhance_kit.settings import Settings
from nhance_kit.store import JobStore

log = structlog.get_logger()

Handler = Callable[..., Awaitable[None]]
Handlers = Callable[[JobStore, ObjectStore], Mapping[str, Handler]]

LEAST_SILENT_S = 60.0  # then a worker that hangs ends itself
LEAVE_S = 5.0  # for what stands by the worker to end


class _Retry(BaseRetryStrategy):
    def get_retry_decision(self, *, exception: BaseException, job: Task) -> RetryDecision | None:
        delay_s = _delay_s(in_our_terms(exception), job)
        return None if delay_s is None else RetryDecision(retry_in={"seconds": round(delay_s)})


def _delay_s(error: NhanceError, task: Task) -> float | None:
    return retry_delay_s(error, task.attempts, patient=task.task_name in PATIENT_TASKS)


def guarded(name: str, handler: Handler, store: JobStore) -> Handler:
    """``handler`` with logs, figures and the one place where a task's error is judged.

    An error that is worth another try goes on to the queue, which has the retry strategy; any
    other ends the job. A job that ended while the task ran is no error, and a task that is handed
    back has not failed.
    """

    async def run(context: JobContext, **arguments: Any) -> None:
        attempts = context.job.attempts
        with structlog.contextvars.bound_contextvars(task=name, attempt=attempts, **arguments):
            started = time.monotonic()
            outcome = metrics.SUCCEEDED
            try:
                if (
                    attempts >= MAX_ATTEMPTS and name not in PATIENT_TASKS
                ):  # it takes every worker down with it
                    raise Internal(f"The task {name} was started {attempts} times in vain.")
                async with _traced(name, store, arguments):
                    await handler(**arguments)
            except Superseded as error:
                outcome = "superseded"
                log.info("task_superseded", reason=str(error))
            except BaseException as error:
                ours = in_our_terms(error)
                if isinstance(ours, HANDED_BACK):
                    outcome = "handed_back"
                    log.info("task_handed_back", reason=str(ours))
                    await _uncount(store, context.job)
                    raise
                if _delay_s(ours, context.job) is not None:
                    outcome = "retried"
                    log.warning("task_retried", code=ours.code, reason=str(ours))
                    raise
                outcome = "failed"
                log.error("task_failed", code=ours.code, reason=str(ours), exc_info=error)
                await _fail(store, arguments, ours)
            finally:
                metrics.TASKS.labels(name, outcome).inc()
                metrics.TASK_SECONDS.labels(name).observe(time.monotonic() - started)

    return run


@asynccontextmanager
async def _traced(name: str, store: JobStore, arguments: Mapping[str, Any]) -> AsyncIterator[None]:
    """A span of the trace that made the job; a new trace where there is none."""
    parent = await store.steps.traceparent(arguments["job_id"]) if "job_id" in arguments else None
    with tracing.span(name, SpanKind.CONSUMER, tracing.continued(parent)) as span:
        span.set_attributes({f"nhance.{key}": value for key, value in arguments.items()})
        yield


async def _fail(store: JobStore, arguments: Mapping[str, Any], error: NhanceError) -> None:
    """End what a task was for, if it was for anything but the service itself."""
    try:
        if "job_id" in arguments:
            await store.steps.fail(arguments["job_id"], error)
        elif "upload_id" in arguments:
            await store.uploads.fail(arguments["upload_id"], error)
    except Superseded:
        log.info("job_deleted_meanwhile")


async def _uncount(store: JobStore, task: Task) -> None:
    """What is handed back has used up no attempt; it is handed back in any case."""
    assert task.id is not None
    try:
        async with store.database.transaction() as connection:
            await uncount(connection, task.id)
    except StoreUnavailable as error:
        log.warning("attempt_not_uncounted", reason=str(error))


async def _take_over_stalled(queue: App, store: JobStore, silent_s: float) -> None:
    """Give the tasks of workers that fell silent back to the queue, again and again."""
    while True:
        await asyncio.sleep(silent_s / 2)
        try:
            await _take_over_once(queue, store, silent_s)
        except (StoreUnavailable, ConnectorException) as error:
            log.warning("stalled_tasks_not_sought", reason=str(error))


async def _take_over_once(queue: App, store: JobStore, silent_s: float) -> None:
    """One worker at a time does so: a second one could give back what was just taken up anew."""
    async with store.database.elected("take over stalled tasks") as elected:
        if not elected:
            return
        for task in await queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=silent_s):
            log.warning("stalled_task_taken_over", task=task.task_name, arguments=task.task_kwargs)
            try:
                await queue.job_manager.retry_job(task)
            except ConnectorException as error:
                if not _ended_elsewhere(error):
                    raise
                log.info("stalled_task_ended_meanwhile", task=task.task_name)


def _ended_elsewhere(error: object) -> bool:
    """Whether the queue refused because a task is no longer under way: only its own functions
    raise so.
    """
    return isinstance(error, BaseException) and isinstance(error.__cause__, RaiseException)


def create_worker_app(
    service: str,
    settings: Settings,
    handlers: Handlers,
    at_once: int = 1,
    queues: Collection[str] | None = None,
) -> FastAPI:
    """The app of one worker service, which does up to ``at_once`` tasks at a time.

    ``handlers`` gets the stores and returns the task names with the coroutines that do them. Tasks
    are taken from ``queues``, or from those that the task names have. The process ends itself when
    the worker can't go on, so that whoever started it starts it anew.
    """
    logs.configure(service, settings.log_format, settings.log_level)
    tracing.configure(service, settings)
    queue = make_queue()
    store = JobStore(settings.database_url, queue)
    objects = ObjectStore(settings)
    silent_s = settings.shutdown_grace_s + max(LEAST_SILENT_S, 4 * settings.stalled_s)
    presence = Presence(queue.connector, settings.heartbeat_s, silent_s)
    queue.job_manager = presence
    worker: asyncio.Task[None] | None = None

    def give_up(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if _ended_elsewhere(error):
            # This worker was silent for so long that another one, or it itself, took the task up
            # anew and ended it first.
            log.warning("task_ended_elsewhere", reason=context["message"])
            return
        log.error("worker_gives_up", reason=context["message"], exc_info=error)
        os.kill(os.getpid(), signal.SIGTERM)

    def ended(duty: asyncio.Task[None]) -> None:
        if not duty.cancelled():
            reason = {"message": f"{duty.get_name()} ended", "exception": duty.exception()}
            give_up(duty.get_loop(), reason)

    def start(name: str, duty: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(duty, name=name)
        task.add_done_callback(ended)
        return task

    async def work(queues: list[str]) -> None:
        await queue.run_worker_async(
            name=service,
            queues=queues,
            concurrency=at_once,
            install_signal_handlers=False,
            delete_jobs="successful",
            shutdown_graceful_timeout=settings.shutdown_grace_s,
            update_heartbeat_interval=LEAST_SILENT_S / 4,
            stalled_worker_timeout=settings.stalled_s,
        )
        raise Internal("The worker stopped by itself.")

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        nonlocal worker
        await store.open()
        todo = handlers(store, objects)
        for name, handler in todo.items():
            task = queue.task(
                name=name, queue=QUEUE_OF_TASK[name], retry=_Retry(), pass_context=True
            )(guarded(name, handler, store))
            if cron := CRON_OF_TASK.get(name):
                queue.periodic(cron=cron)(task)
        asyncio.get_running_loop().set_exception_handler(give_up)
        taken = queues or {QUEUE_OF_TASK[name] for name in todo}
        worker = start("the worker", work(sorted(taken)))
        beating = start("the heartbeat", presence.beat())
        taking_over = start("taking over", _take_over_stalled(queue, store, settings.stalled_s))
        log.info("worker_started", tasks=sorted(todo), queues=sorted(taken))
        try:
            yield
        finally:
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)
            beating.cancel()
            taking_over.cancel()
            # Not for ever: Python 3.11's wait_for can swallow a cancellation (CPython's gh-86296).
            await asyncio.wait((beating, taking_over), timeout=LEAVE_S)
            await store.close()
            presence.end()
            log.info("worker_stopped")

    app = FastAPI(title=f"nhance {service}", lifespan=lifespan, docs_url=None, redoc_url=None)
    add_health_routes(app, store, objects, lambda: worker is not None and not worker.done())
    add_metrics_route(app)
    return app


def serve(app: FastAPI, settings: Settings) -> None:
    """Run an app until SIGTERM or SIGINT."""
    keep_freed_memory()
    uvicorn.run(app, host=settings.host, port=settings.port, log_config=None, access_log=False)


def add_health_routes(
    app: FastAPI, store: JobStore, objects: ObjectStore, alive: Callable[[], bool]
) -> None:
    """``/livez`` (200 while ``alive``) and ``/readyz`` (and the stores answer)."""

    @app.get("/livez", include_in_schema=False)
    async def livez() -> Response:
        return Response(status_code=200 if alive() else 503)

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> Response:
        try:
            await store.database.check()
            await asyncio.to_thread(objects.check)
        except NhanceError as error:
            log.warning("not_ready", code=error.code, reason=str(error))
            return Response(error.title, status_code=503)
        return Response(status_code=200 if alive() else 503)


def add_metrics_route(app: FastAPI) -> None:
    """``/metrics``, for Prometheus."""

    @app.get("/metrics", include_in_schema=False)
    async def figures() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
