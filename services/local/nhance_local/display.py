"""How far a job is: one live bar counted in frames on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.filesize import decimal
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.text import Text

from nhance_kit.states import JobState
from nhance_local.client import RemoteJob

LINE_EVERY_S = 10.0
SPEED_OVER_S = 60.0

STAGES = {
    JobState.QUEUED: "waiting",
    JobState.INGESTING: "reading",
    JobState.ENHANCING: "enhancing",
    JobState.MUXING: "joining",
    JobState.SUCCEEDED: "done",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "cancelled",
}


class Display(Protocol):
    """Shows a job each time it is looked at."""

    def update(self, job: RemoteJob) -> None: ...


class _Frames(ProgressColumn):
    def render(self, task: Task) -> Text:
        total = "?" if task.total is None else f"{task.total:.0f}"
        speed = f"{task.speed:.1f}" if task.speed else "–"
        return Text(f"{task.completed:.0f}/{total} frames  {speed} frames/s")


class _Live:
    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task(STAGES[JobState.QUEUED], total=None)

    def update(self, job: RemoteJob) -> None:
        self._progress.update(
            self._task,
            description=STAGES[job.state],
            total=job.progress.frames_total,
            completed=job.progress.frames_done,
        )


class _Lines:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._state: JobState | None = None
        self._shown_at = 0.0
        self._enhancing_since = 0.0

    def update(self, job: RemoteJob) -> None:
        now = time.monotonic()
        changed = job.state != self._state
        if changed and job.state == JobState.ENHANCING:
            self._enhancing_since = now
        if changed or now - self._shown_at >= LINE_EVERY_S:
            self._console.print(self._line(job, now - self._enhancing_since), highlight=False)
            self._state, self._shown_at = job.state, now

    def _line(self, job: RemoteJob, seconds: float) -> str:
        done, total = job.progress.frames_done, job.progress.frames_total
        line = STAGES[job.state]
        if total is not None:
            line += f" {done}/{total} frames"
        if job.state == JobState.ENHANCING and total is not None and done and seconds > 0:
            speed = done / seconds
            line += f", {speed:.1f} frames/s, {(total - done) / speed:.0f} s left"
        return line


@contextmanager
def job_display(console: Console) -> Iterator[Display]:
    if not console.is_terminal:
        yield _Lines(console)
        return
    with Progress(
        TextColumn("{task.description:<9}"),
        BarColumn(),
        _Frames(),
        TimeRemainingColumn(),
        console=console,
        speed_estimate_period=SPEED_OVER_S,
        transient=True,
    ) as progress:
        yield _Live(progress)


def transfer_bar(console: Console) -> Progress:
    """A bar counted in bytes, for an upload or a download; it shows on a terminal alone."""
    return Progress(
        TextColumn("{task.description:<9}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def size(length: int) -> str:
    """Bytes for a person."""
    return decimal(length)
