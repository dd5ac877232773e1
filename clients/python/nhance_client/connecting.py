"""A connection whose answers are what was asked for, or raise."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import httpx
from tenacity import (
    RetryCallState,
    retry,
    retry_if_exception,
    stop_after_attempt,
    wait_exponential_jitter,
)

from nhance_client.errors import NhanceError, NotReached, ProblemReported
from nhance_client.rest import AuthenticatedClient
from nhance_client.rest.models import Problem

# The answer to a new job waits until the video has been looked at.
TIMEOUT = httpx.Timeout(10.0, read=300.0, write=60.0)
PASSING = {423, 429, 502, 503, 504}
TRIES = 6

Body = TypeVar("Body")


def connect(url: str, key: str = "") -> AuthenticatedClient:
    """A client for the functions of this package and of ``rest``; close it by ``with``.

    ``key`` is an API key, ``nhk_…``; a service on this machine may need none. With this client
    every call raises ProblemReported, or NotReached, where the answer is an error.
    """
    return AuthenticatedClient(
        base_url=url.rstrip("/"),
        token=key,
        prefix="Bearer" if key else "",
        timeout=TIMEOUT,
        httpx_args={"event_hooks": {"response": [_raise_problem]}},
    )


def known(kind: type[Body], answer: object) -> Body:
    """The body of an answer, which ``connect`` has made sure is no problem."""
    if not isinstance(answer, kind):
        raise NotReached("What answers at this address is no nhance service.")
    return answer


def _raise_problem(response: httpx.Response) -> None:
    if not response.is_error:
        return
    response.read()
    try:
        problem = Problem.from_dict(response.json())
    except (ValueError, KeyError, TypeError) as error:
        url = response.url.copy_with(query=None)
        raise NotReached(f"{url} answered with the status {response.status_code}.") from error
    raise ProblemReported(problem)


def _may_pass(error: BaseException) -> bool:
    match error:
        case ProblemReported():
            return error.problem.status in PASSING
        case httpx.HTTPStatusError():
            return error.response.status_code in PASSING
        case httpx.LocalProtocolError() | httpx.UnsupportedProtocol():
            return False
        case _:
            return isinstance(error, httpx.TransportError)


def _give_up(tried: RetryCallState) -> None:
    error = tried.outcome.exception() if tried.outcome else None
    if isinstance(error, NhanceError):
        raise error
    raise NotReached(f"There was no answer in {TRIES} tries: {error!r}.") from error


# Tries again what may go well a little later; for steps that may be done twice.
patient = retry(
    retry=retry_if_exception(_may_pass),
    wait=wait_exponential_jitter(multiplier=0.5, max=20),
    stop=stop_after_attempt(TRIES),
    retry_error_callback=_give_up,
)


def asked(kind: type[Body], call: Callable[[], object]) -> Body:
    """The answer to a call of ``rest`` that may be made twice."""
    return known(kind, patient(call)())
