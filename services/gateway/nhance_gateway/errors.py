"""The errors that only the HTTP face knows, as leaves of the kit's hierarchy.

Rejected
├── InvalidRequest
│   └── InvalidFields           400  says which fields
├── KeyReused                   422
├── NotMultipart                415
├── Verifying                   409  the upload is whole, and being read through
├── NotTus                      415  a PATCH of another media type
├── SlowUpload                  408
├── Busy                        423  another request is at this upload
├── WrongTusVersion             412
├── WrongChecksum               460  tus' own status
├── RangeNotSatisfiable         416
├── Unauthenticated             401  with a challenge
│   ├── NoCredentials
│   └── InvalidCredentials
├── Forbidden                   403
│   ├── MissingScope                 with a challenge
│   ├── CrossSite
│   └── UnknownHost
├── TooManyAttempts             429
└── QuotaExceeded               429
TooManyUploads                  503  all that there is memory for
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nhance_kit.api_keys import Scope
from nhance_kit.errors import InvalidRequest, NhanceError, Rejected

CHALLENGE = 'Bearer realm="nhance"'


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field."""

    field: str
    message: str


class InvalidFields(InvalidRequest):
    """One or more fields are wrong; ``errors`` lists them all."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in errors) + ".")
        self.errors = tuple(errors)


class KeyReused(Rejected):
    """An Idempotency-Key stands for one request; this one differs from the first that had it."""

    code = "idempotency-key-reused"
    title = "The key was sent with another request"
    status = 422


class NotMultipart(Rejected):
    code = "not-multipart"
    title = "The request is not multipart/form-data"
    status = 415


class SlowUpload(Rejected):
    code = "slow-upload"
    title = "The upload is too slow"
    status = 408


class NotTus(Rejected):
    code = "not-tus"
    title = "The request is not application/offset+octet-stream"
    status = 415


class Busy(Rejected):
    """Another request holds it; the same request may succeed when that has ended."""

    code = "busy"
    title = "Another request is at it"
    status = 423
    retry_after_s = 5


class Verifying(Rejected):
    """The upload will be complete, or refused, in a while: try again."""

    code = "verifying"
    title = "The upload is still being verified"
    status = 409
    retry_after_s = 2


class WrongTusVersion(Rejected):
    code = "tus-version"
    title = "This version of tus is not spoken here"
    status = 412


class WrongChecksum(Rejected):
    code = "checksum-mismatch"
    title = "The bytes do not match their checksum"
    status = 460


class RangeNotSatisfiable(Rejected):
    """The range lies outside of the ``size`` bytes that there are."""

    code = "range-not-satisfiable"
    title = "The range lies outside the file"
    status = 416

    def __init__(self, size: int) -> None:
        super().__init__(f"The file has {size} bytes.")
        self.size = size


class Unauthenticated(Rejected):
    """Nobody that is known; ``challenge`` is for WWW-Authenticate (RFC 6750 §3)."""

    code = "unauthenticated"
    title = "A key is needed"
    status = 401
    challenge = CHALLENGE


class NoCredentials(Unauthenticated):
    """There is neither a key nor a session."""


class InvalidCredentials(Unauthenticated):
    code = "invalid-credentials"
    title = "The key is not valid"
    challenge = f'{CHALLENGE}, error="invalid_token"'


class Forbidden(Rejected):
    code = "forbidden"
    title = "Not allowed"
    status = 403


class MissingScope(Forbidden):
    """The key is valid, but not for this."""

    code = "missing-scope"
    title = "The key does not allow this"

    def __init__(self, scope: Scope) -> None:
        super().__init__(f"This needs a key with the scope {scope}.")
        self.challenge = f'{CHALLENGE}, error="insufficient_scope", scope="{scope}"'


class CrossSite(Forbidden):
    """A browser was made to ask by another site's page."""


class UnknownHost(Forbidden):
    """The request calls the gateway by a name that is not its own."""


class TooManyAttempts(Rejected):
    """The address has come with wrong keys too often."""

    code = "too-many-attempts"
    title = "Too many wrong keys"
    status = 429

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            f"Too many wrong keys came from this address. Wait {retry_after_s} s; check the key."
        )
        self.retry_after_s = retry_after_s


class QuotaExceeded(Rejected):
    """More requests came within a minute than one tenant may make; RateLimit tells what is left."""

    code = "quota-exceeded"
    title = "Too many requests"
    status = 429

    def __init__(self, per_minute: int, retry_after_s: int) -> None:
        super().__init__(f"At most {per_minute} requests a minute. Wait {retry_after_s} s.")
        self.retry_after_s = retry_after_s


class TooManyUploads(NhanceError):
    """As many uploads are under way as a gateway has memory for; another one may have room."""

    code = "too-many-uploads"
    title = "Too many uploads at once"
    status = 503
    retry_after_s = 5

    def __init__(self, at_most: int) -> None:
        super().__init__(
            f"As many uploads are under way as there is memory for, {at_most}. "
            f"Try again in {self.retry_after_s} s."
        )
