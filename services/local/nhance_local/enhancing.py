"""One file from the shell: upload, follow, download, sum up."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console

from nhance_kit.states import JobState
from nhance_local.client import (
    POLL_S,
    SILENCE_LIMIT_S,
    Gateway,
    GatewaySilent,
    RemoteJob,
    sentence,
)
from nhance_local.display import job_display, size, transfer_bar
from nhance_local.errors import LocalError, ProblemReported

COMPARISON_EXTENSION = "mp4"


class Cancelled(LocalError):
    """The person pressed Ctrl-C."""


@dataclass(frozen=True)
class Targets:
    """Where the results go: a file, a directory, or None for the working directory.

    ``comparison`` is used only where a comparison was asked for.
    """

    video: Path | None
    comparison: Path | None

    def check(self, source: Path) -> None:
        """Raises LocalError where the place to write to does not exist, or is the source."""
        for target in (self.video, self.comparison):
            if target is None:
                continue
            if not target.is_dir() and not target.parent.is_dir():
                raise LocalError(f"There is no directory {target.parent} to write to.")
            if target.exists() and target.samefile(source):
                raise LocalError(f"{target} is the source itself; give the result another name.")


def enhance(
    gateway: Gateway, source: Path, fields: Mapping[str, str], targets: Targets, console: Console
) -> None:
    """Raises LocalError, of which Cancelled is a kind; once there is a job, it is named."""
    started = time.monotonic()
    job = _submit(gateway, source, fields, console)
    try:
        job = _succeeded(gateway, job, console)
        files = _download(gateway, job, source, targets, console)
    except Cancelled:
        raise
    except LocalError as error:
        raise LocalError(f"{error} The job is {job.id}.") from error
    _sum_up(job, time.monotonic() - started, files, console)


def _submit(
    gateway: Gateway, source: Path, fields: Mapping[str, str], console: Console
) -> RemoteJob:
    try:
        with transfer_bar(console) as bar, source.open("rb") as file:
            task = bar.add_task("uploading", total=source.stat().st_size)
            with bar.wrap_file(file, task_id=task) as counted:
                return gateway.submit(source.name, counted, fields)
    except OSError as error:
        raise LocalError(f"{source} cannot be read: {error.strerror}.") from error
    except KeyboardInterrupt:
        raise Cancelled("Stopped during the upload; there is no job.") from None


def _succeeded(gateway: Gateway, job: RemoteJob, console: Console) -> RemoteJob:
    try:
        job = _follow(gateway, job, console)
    except KeyboardInterrupt:
        raise _cancelled(gateway, job) from None
    if job.state == JobState.CANCELLED:
        raise Cancelled(f"Job {job.id} was cancelled.")
    if job.error is not None:
        raise ProblemReported(sentence(job.error))
    return job


def _follow(gateway: Gateway, job: RemoteJob, console: Console) -> RemoteJob:
    """Look at the job until it has ended; a gateway that is being restarted is waited for."""
    heard = time.monotonic()
    with job_display(console) as display:
        while True:
            display.update(job)
            if job.has_ended:
                return job
            time.sleep(POLL_S)
            try:
                job = gateway.job(job.id)
                heard = time.monotonic()
            except GatewaySilent:
                if time.monotonic() - heard > SILENCE_LIMIT_S:
                    raise


def _cancelled(gateway: Gateway, job: RemoteJob) -> LocalError:
    try:
        gateway.cancel(job.id)
    except LocalError as error:
        return Cancelled(f"Job {job.id} could not be cancelled. {error}")
    return Cancelled(f"Cancelled job {job.id}.")


def _download(
    gateway: Gateway, job: RemoteJob, source: Path, targets: Targets, console: Console
) -> list[tuple[Path, int]]:
    assert job.links.video is not None, "a job that succeeded has a video"
    assert job.output is not None, "a job that succeeded has an output"
    wanted: list[tuple[str, Path, str | None]] = [
        (
            job.links.video,
            _target(targets.video, source, "enhanced", job.output.extension),
            job.output.sha256,
        )
    ]
    if job.links.comparison is not None:
        target = _target(targets.comparison, source, "comparison", COMPARISON_EXTENSION)
        wanted.append((job.links.comparison, target, None))
    files = []
    with transfer_bar(console) as bar:
        for link, target, sha256 in wanted:
            task = bar.add_task("fetching", total=job.output.bytes if sha256 else None)
            length = gateway.download(link, target, sha256, partial(bar.advance, task))
            files.append((target, length))
    return files


def _target(target: Path | None, source: Path, kind: str, extension: str) -> Path:
    directory = Path() if target is None else target
    if target is None or directory.is_dir():
        return directory / f"{source.stem}.{kind}.{extension}"
    return target


def _sum_up(
    job: RemoteJob, seconds: float, files: list[tuple[Path, int]], console: Console
) -> None:
    frames = job.progress.frames_done
    media = job.media or {}
    lines = [
        ("frames", str(frames)),
        ("size", f"{media.get('width', '?')}×{media.get('height', '?')}"),
        ("time", f"{seconds:.1f} s"),
        ("speed", f"{frames / seconds:.1f} frames/s"),
        *(("file", f"{path} ({size(length)})") for path, length in files),
        *(("warning", warning) for warning in job.warnings),
    ]
    video = files[0][0]
    if job.output is not None and video.suffix.lower() != f".{job.output.extension}":
        lines.append(("warning", f"{video} is a {job.output.extension} file despite its name."))
    for name, value in lines:
        console.print(f"{name:<9}{value}", highlight=False, markup=False, soft_wrap=True)
