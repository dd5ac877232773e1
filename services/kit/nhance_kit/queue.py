"""The names of the tasks, and the queue that carries them (procrastinate, in PostgreSQL)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import psycopg
from procrastinate import App, PsycopgConnector

INGEST = "ingest"
ENHANCE = "enhance"
MUX = "mux"
CLEAN_UP = "clean_up"
DELIVER = "deliver"
VERIFY_UPLOAD = "verify_upload"
DISCARD_UPLOAD = "discard_upload"
SWEEP = "sweep"

QUEUE_OF_TASK = {
    INGEST: "ingest",
    ENHANCE: "enhance",
    MUX: "mux",
    CLEAN_UP: "ingest",
    DELIVER: "webhooks",
    VERIFY_UPLOAD: "ingest",
    DISCARD_UPLOAD: "ingest",
    SWEEP: "ingest",
}


class Cost(StrEnum):
    """What enhancing costs, by the model: whom it can be left to."""

    LIGHT = "light"  # an ordinary processor keeps up
    HEAVY = "heavy"  # a GPU is wanted


# Heavy batches have the queue that all batches had before there were two.
QUEUE_OF_COST: Mapping[str, str] = {Cost.LIGHT: "enhance-light", Cost.HEAVY: QUEUE_OF_TASK[ENHANCE]}

# Tasks that are tried until every part of nhance answers: nobody would notice that they were not
# done. What they are to delete would stay, and a receiver never hear of its job.
PATIENT_TASKS = {CLEAN_UP, DISCARD_UPLOAD, DELIVER}

# Tasks that come by themselves, of all workers to one; their argument is the time, a Unix one.
CRON_OF_TASK = {SWEEP: "*/10 * * * *"}


class Kept(StrEnum):
    """What of a job's objects outlives CLEAN_UP."""

    NOTHING = "nothing"
    SOURCE = "source"
    RESULTS = "results"


def make_queue() -> App:
    """An application without a connection of its own: it is opened on the store's pool."""
    return App(connector=PsycopgConnector())


async def defer(
    queue: App,
    connection: psycopg.AsyncConnection[Any],
    task: str,
    arguments: Sequence[dict[str, Any]],
    delay_s: float = 0.0,
    queue_name: str | None = None,
) -> None:
    """Put one ``task`` for each of ``arguments`` in the queue, within the open transaction.

    None of them is taken up before ``delay_s`` have passed. Another queue than the task's own is
    named by ``queue_name``.
    """
    deferrer = queue.configure_task(
        task,
        queue=queue_name or QUEUE_OF_TASK[task],
        schedule_in={"seconds": delay_s} if delay_s else None,
        connection=connection,
    )
    await deferrer.batch_defer_async(*arguments)


async def uncount(connection: psycopg.AsyncConnection[Any], task_id: int) -> None:
    """Take back one attempt of a task that is under way, and will be put back into the queue.

    The queue counts every task that comes back as one that failed once more.
    """
    await connection.execute(
        "UPDATE procrastinate_jobs SET attempts = attempts - 1 WHERE id = %s AND status = 'doing'",
        (task_id,),
    )
