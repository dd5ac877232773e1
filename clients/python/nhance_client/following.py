"""A job until it has ended, by the service's server-sent events."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import httpx
from httpx_sse import SSEError, connect_sse

from nhance_client.connecting import patient
from nhance_client.errors import JobEnded, NotReached, ProblemReported
from nhance_client.rest import AuthenticatedClient
from nhance_client.rest.models import JobBody, Problem

# The service says something every 15 seconds, and be it a comment.
SILENCE = httpx.Timeout(10.0, read=45.0)
PAUSE_S = 1.0
ENDED = {"succeeded", "failed", "cancelled"}


def ended(
    client: AuthenticatedClient,
    job: JobBody,
    on_change: Callable[[JobBody], None] = lambda job: None,
) -> JobBody:
    """The job when it has succeeded; ``on_change`` gets it each time that it has changed.

    A connection that breaks is opened anew, and goes on after the last event that was seen. Raises
    ProblemReported where the job failed, JobEnded, and NotReached.
    """
    watching = _Watching(client, job, on_change)
    while watching.job.state not in ENDED:
        watching.listen()
    last = watching.job
    if isinstance(last.error, Problem):
        raise ProblemReported(last.error)
    if last.state == "cancelled":
        raise JobEnded("The job was cancelled.")
    return last


class _Watching:
    def __init__(
        self, client: AuthenticatedClient, job: JobBody, on_change: Callable[[JobBody], None]
    ) -> None:
        self.job = job
        self._http = client.get_httpx_client()
        self._on_change = on_change
        self._seen: str | None = None

    @patient
    def listen(self) -> None:
        """Take events from one connection, to its end; raises if there was none."""
        headers = {} if self._seen is None else {"Last-Event-ID": self._seen}
        heard = False
        try:
            with connect_sse(
                self._http, "GET", self.job.links.events, headers=headers, timeout=SILENCE
            ) as source:
                # The service begins every stream with an event, and be it an empty one.
                for event in source.iter_sse():
                    heard = True
                    self._seen = event.id or self._seen
                    if event.event == "deleted":
                        raise JobEnded("The job was deleted.")
                    if event.event == "job":
                        self.job = JobBody.from_dict(json.loads(event.data))
                        self._on_change(self.job)
                        if self.job.state in ENDED:
                            return
        except httpx.TransportError as error:
            if not heard and not isinstance(error, SSEError):
                raise
        if not heard:
            raise NotReached("What answers at this address tells of no events.", again_after_s=0.0)
        time.sleep(PAUSE_S)
