"""A gateway that a test makes up: the page's files are the real ones, what they ask for is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Route

from nhance_gateway.web import page_files

Answer = Callable[[Route], None]


def data(body: object, status: int = 200) -> Answer:
    """An answer in JSON."""
    return lambda route: route.fulfill(status=status, json=body)


def problem(status: int, detail: str) -> Answer:
    """An answer that says no."""
    return data({"status": status, "title": "No", "detail": detail, "code": "no"}, status)


def events(*jobs: dict[str, Any]) -> Answer:
    """A stream that tells of these jobs, and breaks off."""
    text = "".join(f"event: job\ndata: {json.dumps(each)}\n\n" for each in jobs)
    return lambda route: route.fulfill(content_type="text/event-stream", body=f": hello\n\n{text}")


def job(frames_done: int, state: str = "running") -> dict[str, Any]:
    """A job of 9000 frames, `walk.mp4`, as far as the page reads it."""
    return {
        "id": 32 * "a",
        "state": state,
        "created_at": "2026-01-01T00:00:00Z",
        "source": {"name": "walk.mp4", "bytes": 1},
        "options": {"model": "look", "strength": 1, "comparison": "side"},
        "output": {"bytes": 1},
        "labels": {},
        "warnings": [],
        "links": {"video": "/v1/none", "poster": None, "report": None},
        "progress": {"frames_done": frames_done, "frames_total": 9000, "stage": "enhancing"},
    }


class MadeUpGateway:
    """Answers each request by ``answers``, which go by method and path."""

    def __init__(self, context: BrowserContext) -> None:
        self.answers: dict[str, Answer] = {
            "GET /v1/models": data({"models": [{"name": "look", "default": True}]}),
            "GET /v1/jobs": data({"jobs": [], "next_cursor": None}),
            "GET /v1/events": events(),
        }
        self._files = page_files()
        context.route("**/*", self._answer)

    def _answer(self, route: Route) -> None:
        path = urlsplit(route.request.url).path
        if file := self._files.get("index.html" if path == "/" else path.removeprefix("/static/")):
            route.fulfill(content_type=file.media_type, body=file.plain)
        else:
            missing = problem(404, "There is no such thing.")
            self.answers.get(f"{route.request.method} {path}", missing)(route)
