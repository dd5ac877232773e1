"""A connection whose answers are what was asked for, or raise."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

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
# An earlier request is still being carried out.
UNDER_WAY = {"idempotency-key-in-use", "verifying"}
# More than half a minute: so long a gateway that died holds an idempotency key.
TRIES = 7
LONGEST_WAIT_S = 60.0

Body = TypeVar("Body")
Given = ParamSpec("Given")
Returned = TypeVar("Returned")


def connect(url: str, key: str = "") -> AuthenticatedClient:
    """A client for the functions of this package and of ``rest``; close it by ``with``.

    ``key`` is an API key, ``nhk_…``; a service on this machine may need none. With this client
    every call raises ProblemReported, or NotReached, where the answer is an error.
    """
    if not url.startswith(("http://", "https://")):
        raise NotReached("The address of a service begins with http:// or https://.")
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
        answered = f"{url} answered with the status {response.status_code}."
        raise NotReached(answered, _again_after_s(response)) from error
    raise ProblemReported(problem, _again_after_s(response, problem.code))


def _again_after_s(response: httpx.Response, code: str = "") -> float | None:
    if response.status_code not in PASSING and code not in UNDER_WAY:
        return None
    stated = response.headers.get("Retry-After", "")
    seconds = float(stated) if stated.isdecimal() else 0.0
    return seconds if seconds <= LONGEST_WAIT_S else None


def _may_pass(error: BaseException) -> bool:
    if isinstance(error, NhanceError):
        return error.again_after_s is not None
    return isinstance(error, httpx.TransportError) and not isinstance(
        error, httpx.LocalProtocolError
    )


_growing = wait_exponential_jitter(multiplier=0.5, max=20)


def _wait_s(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked_for = error.again_after_s if isinstance(error, NhanceError) else None
    return max(_growing(state), asked_for or 0.0)


_again = retry(
    retry=retry_if_exception(_may_pass), wait=_wait_s, stop=stop_after_attempt(TRIES), reraise=True
)


def patient(call: Callable[Given, Returned]) -> Callable[Given, Returned]:
    """``call``, tried again where that may go well; for steps that may be done twice.

    It raises no httpx.HTTPError, whose request has secrets in it, but NotReached.
    """
    tried = _again(call)

    @wraps(call)
    def reached(*args: Given.args, **kwargs: Given.kwargs) -> Returned:
        try:
            return tried(*args, **kwargs)
        except httpx.HTTPError as error:
            raise NotReached(_sentence(error)) from None

    return reached


def _sentence(error: httpx.HTTPError) -> str:
    # It cites the header, which may hold the key.
    if isinstance(error, httpx.LocalProtocolError):
        return "The key holds characters that cannot be sent; check it."
    reason = str(error) or type(error).__name__
    return f"{error.request.url.host} gave no answer: {reason}. Check the address; try again later."


def asked(kind: type[Body], call: Callable[[], object]) -> Body:
    """The answer to a call of ``rest`` that may be made twice."""
    return known(kind, patient(call)())
