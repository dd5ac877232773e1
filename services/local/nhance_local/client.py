"""The gateway's HTTP API, as the commands use it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, BinaryIO

import httpx
from pydantic import BaseModel, Field, SecretStr

from nhance_kit.states import TERMINAL, JobState
from nhance_local.errors import LocalError, ProblemReported

# A long read: the answer to an upload waits until the video has been looked at.
TIMEOUT = httpx.Timeout(10.0, read=300.0, write=60.0)
POLL_S = 0.5
SILENCE_LIMIT_S = 60.0
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
# A part of the service is away, or the gateway has too much to do.
PASSING = {429, 502, 503, 504}


class Problem(BaseModel):
    """RFC 9457, section 3.1, as far as it is shown."""

    title: str
    detail: str = ""


class Progress(BaseModel):
    frames_done: int
    frames_total: int | None


class Links(BaseModel):
    video: str | None
    comparison: str | None


class Output(BaseModel):
    extension: str
    bytes: int
    sha256: str


class Source(BaseModel):
    name: str
    bytes: int


class RemoteJob(BaseModel):
    """What the gateway tells of a job."""

    id: str
    state: JobState
    created_at: str
    source: Source
    progress: Progress
    media: dict[str, Any] | None
    warnings: list[str] = Field(default_factory=list)
    error: Problem | None
    output: Output | None
    links: Links

    @property
    def has_ended(self) -> bool:
        return self.state in TERMINAL


class JobPage(BaseModel):
    jobs: list[RemoteJob]


class Gateway:
    """A gateway at ``url``. Methods raise ProblemReported, or LocalError if nothing answers."""

    def __init__(self, url: str, key: SecretStr | None = None) -> None:
        self.url = url.rstrip("/")
        # Proxies of the environment are for other machines than this one.
        trust_env = httpx.URL(self.url).host not in LOOPBACK
        headers = {} if key is None else {"Authorization": f"Bearer {key.get_secret_value()}"}
        self._http = httpx.Client(
            base_url=self.url, headers=headers, timeout=TIMEOUT, trust_env=trust_env
        )

    def close(self) -> None:
        self._http.close()

    def submit(self, name: str, file: IO[bytes], fields: Mapping[str, str]) -> RemoteJob:
        """Upload a video, in pieces as they are read; the fields travel before the file."""
        reply = self._request("POST", "/v1/jobs", data=dict(fields), files={"file": (name, file)})
        return RemoteJob.model_validate_json(reply.content)

    def job(self, job_id: str) -> RemoteJob:
        return RemoteJob.model_validate_json(self._request("GET", f"/v1/jobs/{job_id}").content)

    def jobs(self, limit: int) -> list[RemoteJob]:
        """The newest first."""
        reply = self._request("GET", "/v1/jobs", params={"limit": limit})
        return JobPage.model_validate_json(reply.content).jobs

    def cancel(self, job_id: str) -> RemoteJob:
        reply = self._request("POST", f"/v1/jobs/{job_id}/cancel")
        return RemoteJob.model_validate_json(reply.content)

    def download(
        self, path: str, target: Path, sha256: str | None, received: Callable[[int], None]
    ) -> int:
        """Write ``path`` to ``target``: whole and, if its hash is known, checked, or not at all.

        A connection that breaks is opened anew, and goes on where the other one ended, until
        nothing has come for SILENCE_LIMIT_S. ``received`` is told of each chunk's bytes. Returns
        the file's length.
        """
        unfinished = target.with_name(f".{target.name}.unfinished")
        try:
            with unfinished.open("w+b") as file:
                self._receive(path, file, received)
                if sha256 is not None:
                    file.seek(0)
                    if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                        raise LocalError(f"{target.name} arrived damaged; download it again.")
            unfinished.replace(target)
        except OSError as error:
            raise LocalError(f"{target} cannot be written: {error.strerror}.") from error
        finally:
            unfinished.unlink(missing_ok=True)
        return target.stat().st_size

    def _receive(self, path: str, file: BinaryIO, received: Callable[[int], None]) -> None:
        """All of ``path``, over as many connections as it takes."""
        heard = time.monotonic()
        while True:
            try:
                for chunk in self._chunks(path, file.tell()):
                    file.write(chunk)
                    received(len(chunk))
                    heard = time.monotonic()
                return
            except GatewaySilent:
                if time.monotonic() - heard > SILENCE_LIMIT_S:
                    raise
                time.sleep(POLL_S)

    def _chunks(self, path: str, start: int) -> Iterator[bytes]:
        headers = {"Range": f"bytes={start}-"} if start else {}
        try:
            with self._http.stream("GET", path, headers=headers) as reply:
                _raise_problem(reply)
                if start and reply.status_code != httpx.codes.PARTIAL_CONTENT:
                    raise LocalError("The connection broke, and the rest cannot be had alone.")
                yield from reply.iter_bytes()
        except httpx.TransportError as error:
            raise self._silent(error) from error

    def _request(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        try:
            reply = self._http.request(method, path, **arguments)
        except httpx.TransportError as error:
            raise self._silent(error) from error
        _raise_problem(reply)
        return reply

    def _silent(self, error: Exception) -> GatewaySilent:
        reason = str(error) or type(error).__name__
        return GatewaySilent(f"The gateway at {self.url} did not answer: {reason}.")


class GatewaySilent(LocalError):
    """No answer, or none yet; the gateway may be starting again."""


def _raise_problem(reply: httpx.Response) -> None:
    if not reply.is_error:
        return
    reply.read()
    try:
        problem = Problem.model_validate_json(reply.content)
    except ValueError:
        problem = Problem(title=f"The gateway answered with status {reply.status_code}")
    if reply.status_code == httpx.codes.UNAUTHORIZED:
        advice = "Set NHANCE_KEY to a key; `nhance keys create` makes one."
        raise ProblemReported(f"{problem.title}. {advice}")
    if reply.status_code in PASSING:
        raise GatewaySilent(sentence(problem))
    raise ProblemReported(sentence(problem))


def sentence(problem: Problem) -> str:
    """Title and detail in one."""
    return f"{problem.title}: {problem.detail}" if problem.detail else f"{problem.title}."
