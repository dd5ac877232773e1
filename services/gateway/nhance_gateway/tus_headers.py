"""The headers of tus 1.0.0 (https://tus.io/protocols/resumable-upload): no I/O but their own."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import format_datetime
from typing import Protocol

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nhance_gateway.errors import NotTus, WrongTusVersion
from nhance_kit.errors import InvalidRequest
from nhance_kit.uploads import Upload

PREFIX = "/v1/tus"
VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,expiration,termination"
ALGORITHMS = ("sha1", "sha256")
MEDIA_TYPE = "application/offset+octet-stream"
METADATA_BYTES = 4096
# What each header of a request looks like, in words of JSON Schema.
FORMS: dict[str, dict[str, object]] = {
    "Tus-Resumable": {"enum": [VERSION]},
    "Upload-Length": {"pattern": "^[1-9][0-9]{0,17}$"},
    "Upload-Offset": {"pattern": "^[0-9]{1,18}$"},
    "Upload-Metadata": {"format": "tus-metadata", "maxLength": METADATA_BYTES},
    "Upload-Checksum": {"format": "tus-checksum"},
}


class Digest(Protocol):
    def update(self, data: memoryview, /) -> None: ...
    def digest(self) -> bytes: ...


@dataclass(frozen=True)
class Checksum:
    """What the body of a PATCH should hash to, and the hash of what came of it."""

    wanted: bytes
    digest: Digest = field(repr=False)

    def matches(self) -> bool:
        return hmac.compare_digest(self.wanted, self.digest.digest())


def require_version(headers: Headers) -> None:
    """Raise WrongTusVersion unless the client speaks this version."""
    if headers.get("tus-resumable") != VERSION:
        raise WrongTusVersion(f"Send the header Tus-Resumable: {VERSION}.")


def brings_bytes(headers: Headers) -> bool:
    """Whether the body of a request is a piece of a file."""
    return headers.get("content-type") == MEDIA_TYPE


def require_media_type(headers: Headers) -> None:
    if not brings_bytes(headers):
        raise NotTus(f"Send the bytes as Content-Type: {MEDIA_TYPE}.")


def count(headers: Headers, name: str) -> int:
    """A header that counts bytes; raises InvalidRequest."""
    text = headers.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise InvalidRequest(f"The header {name} must be a number of bytes.")
    return int(text)


def metadata(headers: Headers) -> dict[str, str]:
    """``Upload-Metadata`` decoded; raises InvalidRequest. Values that are no UTF-8 are mended."""
    text = headers.get("upload-metadata", "")
    if len(text) > METADATA_BYTES:
        raise InvalidRequest(f"Upload-Metadata is longer than {METADATA_BYTES} bytes.")
    found: dict[str, str] = {}
    for pair in filter(None, text.split(",")):
        key, _, value = pair.strip().partition(" ")
        if not key or key in found:
            raise InvalidRequest("Upload-Metadata has a key that is empty or there twice.")
        found[key] = _decoded(value, "Upload-Metadata").decode(errors="replace")
    return found


def checksum(headers: Headers) -> Checksum | None:
    """``Upload-Checksum``, if there is one; raises InvalidRequest."""
    text = headers.get("upload-checksum")
    if text is None:
        return None
    algorithm, _, value = text.partition(" ")
    if algorithm not in ALGORITHMS:
        raise InvalidRequest(f"Upload-Checksum must be by one of: {', '.join(ALGORITHMS)}.")
    # SHA-1 is tus' own choice, against accidents.
    digest = hashlib.new(algorithm, usedforsecurity=False)
    return Checksum(_decoded(value, "Upload-Checksum"), digest)


def state_headers(upload: Upload) -> dict[str, str]:
    """What every answer about an upload says of it."""
    return {
        "Upload-Offset": str(upload.received),
        "Upload-Expires": format_datetime(upload.expires_at.astimezone(UTC), usegmt=True),
    }


class TusHeaders:
    """Names the version in every answer under PREFIX, and minds X-HTTP-Method-Override there."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not (scope["path"] + "/").startswith(f"{PREFIX}/"):
            await self._app(scope, receive, send)
            return

        async def send_with_version(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Tus-Resumable"] = VERSION
                if message["status"] == WrongTusVersion.status:
                    headers["Tus-Version"] = VERSION
            await send(message)

        method = Headers(scope=scope).get("x-http-method-override", scope["method"])
        await self._app({**scope, "method": method.upper()}, receive, send_with_version)


def _decoded(text: str, header: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise InvalidRequest(f"A value in {header} is not Base64.") from error
