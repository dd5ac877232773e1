"""The gateway's API as a test uses it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx


def post(url: str, video: Path, **options: object) -> httpx.Response:
    """POST a job; returns the answer, whatever it is."""
    with video.open("rb") as file:
        return httpx.post(
            f"{url}/v1/jobs",
            data={name: str(value) for name, value in options.items()},
            files={"file": (video.name, file)},
            timeout=60,
        )


def job(url: str, job_id: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{url}/v1/jobs/{job_id}", timeout=30).json()
    return found


def finished(url: str, job_id: str, within_s: float = 300, every_s: float = 0.2) -> dict[str, Any]:
    """Wait until a job has ended; connection errors on the way are passed over."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            found = job(url, job_id)
        except (httpx.TransportError, ValueError):
            found = {}
        if found.get("state") in ("succeeded", "failed", "cancelled"):
            return found
        time.sleep(every_s)
    raise TimeoutError(f"job {job_id} has not ended within {within_s} s")


def enhanced(
    url: str, video: Path, to: Path, within_s: float = 300, **options: object
) -> dict[str, Any]:
    """Run a job to its end and download its video (and comparison, if any) into ``to``."""
    answer = post(url, video, **options)
    assert answer.status_code == 202, answer.text
    done = finished(url, answer.json()["id"], within_s)
    assert done["state"] == "succeeded", done["error"]
    for name in ("video", "comparison"):
        if link := done["links"][name]:
            extension = done["output"]["extension"] if name == "video" else "mp4"
            with httpx.stream("GET", f"{url}{link}", timeout=60) as reply:
                reply.raise_for_status()
                (to / f"{name}.{extension}").write_bytes(reply.read())
    return done


def wait_for(happened: Callable[[], bool], within_s: float = 30, every_s: float = 0.2) -> None:
    """Look again and again, until it has happened or the time is over."""
    deadline = time.monotonic() + within_s
    while not happened() and time.monotonic() < deadline:
        time.sleep(every_s)
