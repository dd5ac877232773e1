"""The one error of the model server: a gRPC status, as TensorFlow Serving answers it.

ServingError    a gRPC code, a message; over REST the HTTP status that the real server maps to
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, TypeVar

import grpc

Reply = TypeVar("Reply")

# tensorflow_serving/model_servers/http_server.cc, ToHTTPStatusCode
_HTTP_STATUS = {
    grpc.StatusCode.CANCELLED: 499,
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.FAILED_PRECONDITION: 400,
    grpc.StatusCode.OUT_OF_RANGE: 400,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.ALREADY_EXISTS: 409,
    grpc.StatusCode.ABORTED: 409,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.UNIMPLEMENTED: 501,
    grpc.StatusCode.UNAVAILABLE: 503,
}
_BY_NUMBER = {code.value[0]: code for code in grpc.StatusCode}


class ServingError(Exception):
    """A request that is answered with ``code`` and ``message`` instead of a reply."""

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @classmethod
    def from_number(cls, number: int, message: str) -> ServingError:
        """The error of a TensorFlow status code; its numbers are gRPC's."""
        return cls(_BY_NUMBER.get(number, grpc.StatusCode.UNKNOWN), message)

    @property
    def number(self) -> int:
        """The code as StatusProto holds it."""
        return int(self.code.value[0])

    @property
    def http_status(self) -> int:
        return _HTTP_STATUS.get(self.code, 500)


def invalid_argument(message: str) -> ServingError:
    return ServingError(grpc.StatusCode.INVALID_ARGUMENT, message)


def not_found(message: str) -> ServingError:
    return ServingError(grpc.StatusCode.NOT_FOUND, message)


def failed_precondition(message: str) -> ServingError:
    return ServingError(grpc.StatusCode.FAILED_PRECONDITION, message)


def unknown(message: str) -> ServingError:
    return ServingError(grpc.StatusCode.UNKNOWN, message)


def unimplemented(context: grpc.ServicerContext, method: str) -> NoReturn:
    """End a call of a method that this server does not have."""
    context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{method} is not implemented by this server.")


def answer(context: grpc.ServicerContext, compute: Callable[[], Reply]) -> Reply:
    """What ``compute`` returns, or the call ended with the status of its ServingError."""
    try:
        return compute()
    except ServingError as error:
        context.abort(error.code, error.message)
