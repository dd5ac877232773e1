"""The errors of nhance: one hierarchy, each with a stable code, an HTTP status and a sentence.

    NhanceError
    ├── Rejected                    the input or the request is at fault: permanent, 4xx
    │   ├── InvalidRequest          400  a field is missing, unknown or out of range
    │   ├── NotFound                404
    │   ├── Conflict                409  not in this state
    │   ├── Expired                 410  it was there, and its time is over
    │   ├── TooLarge                413
    │   ├── UnsupportedContainer    415  not a video container that nhance opens
    │   ├── UnsupportedMedia        422  a video, but of a kind that nhance does not take
    │   ├── DamagedMedia            422  truncated or corrupt
    │   ├── NoVideo                 422  audio only, a picture, nothing at all
    │   ├── DamagedUpload           422  what arrived is not what was announced
    │   └── ModelNotFound           404
    ├── ModelRejected               500  the model server refused or answered nonsense: permanent
    ├── Unavailable                 503  a part did not answer: transient
    │   ├── StoreUnavailable
    │   ├── ModelUnavailable
    │   ├── ModelNotServed          what was published may not have come to this server yet
    │   ├── Interrupted             the worker is stopping and hands its task back
    │   └── OtherEncoder            the task is one for workers of another version
    ├── Superseded                  409  the job ended while a task of it was running
    └── Internal                    500  a bug of ours

A transient error is worth another try; a permanent one ends the job.
"""

from __future__ import annotations

from typing import ClassVar


class NhanceError(Exception):
    """Base of all. ``str(error)`` is a sentence a person can act on.

    ``retry_after_s`` is when the same request is worth another try; None: waiting changes nothing.
    """

    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something broke inside nhance"
    status: ClassVar[int] = 500
    transient: ClassVar[bool] = False
    retry_after_s: int | None = None


class Rejected(NhanceError):
    """The input is at fault; trying again changes nothing."""

    code = "rejected"
    title = "The request cannot be carried out"
    status = 400


class InvalidRequest(Rejected):
    code = "invalid-request"
    title = "The request is not valid"


class NotFound(Rejected):
    code = "not-found"
    title = "Not found"
    status = 404


class Conflict(Rejected):
    code = "conflict"
    title = "Not possible in this state"
    status = 409


class Expired(Rejected):
    code = "expired"
    title = "No longer there"
    status = 410


class TooLarge(Rejected):
    code = "too-large"
    title = "The upload is too large"
    status = 413


class UnsupportedContainer(Rejected):
    code = "unsupported-container"
    title = "Not a video file that nhance can open"
    status = 415


class UnsupportedMedia(Rejected):
    code = "unsupported-media"
    title = "This kind of video is not supported"
    status = 422


class DamagedMedia(Rejected):
    code = "damaged-media"
    title = "The video file is damaged"
    status = 422


class NoVideo(Rejected):
    code = "no-video"
    title = "The file holds no video"
    status = 422


class DamagedUpload(Rejected):
    code = "damaged-upload"
    title = "The upload did not arrive whole"
    status = 422


class ModelNotFound(Rejected):
    code = "model-not-found"
    title = "No such model"
    status = 404


class ModelRejected(NhanceError):
    code = "model-rejected"
    title = "The model gave no usable answer"


class Unavailable(NhanceError):
    """A part of the system did not answer; the same call may succeed later."""

    code = "unavailable"
    title = "A part of nhance is not available"
    status = 503
    transient = True
    retry_after_s = 5


class StoreUnavailable(Unavailable):
    code = "store-unavailable"


class ModelUnavailable(Unavailable):
    code = "model-unavailable"


class ModelNotServed(Unavailable):
    code = "model-not-served"
    title = "The model server does not have the model"


class Interrupted(Unavailable):
    code = "interrupted"


class OtherEncoder(Unavailable):
    code = "other-encoder"


class Superseded(NhanceError):
    """The job was cancelled, deleted or finished elsewhere: stop, and leave nothing behind."""

    code = "superseded"
    title = "The job has already ended"
    status = 409


class Internal(NhanceError):
    """What an unforeseen exception is reported as."""
