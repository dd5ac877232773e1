"""The web page, at ``/`` and under ``/static/``: files of this package, held in memory."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from importlib.resources import files
from typing import Annotated

from fastapi import FastAPI, Header, Response
from starlette.exceptions import HTTPException

from nhance_gateway.ranges import is_fresh

# No inline script or style, no other host, no frame, and no text that ever becomes markup.
PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
MEDIA_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


@dataclass(frozen=True)
class PageFile:
    """One file as it is sent; the ETag is the hash of what it holds."""

    zipped: bytes
    plain: bytes
    media_type: str
    etag: str


def page_files() -> dict[str, PageFile]:
    """All files of the page, by name."""
    found = {}
    for entry in (files("nhance_gateway") / "page").iterdir():
        data = entry.read_bytes()
        found[entry.name] = PageFile(
            zipped=gzip.compress(data, mtime=0),
            plain=data,
            media_type=MEDIA_TYPES[entry.name.rpartition(".")[2]],
            etag=f'"{hashlib.sha256(data).hexdigest()[:32]}"',
        )
    return found


def add_page(app: FastAPI) -> None:
    """Add the page's routes to ``app``."""
    pages = page_files()

    @app.get("/", include_in_schema=False)
    @app.get("/static/{name}", include_in_schema=False)
    async def page(
        name: str = "index.html",
        accept_encoding: Annotated[str, Header()] = "",
        if_none_match: Annotated[str | None, Header()] = None,
    ) -> Response:
        if (file := pages.get(name)) is None:
            raise HTTPException(404)
        headers = {
            "Cache-Control": "no-cache",
            "Content-Security-Policy": PAGE_POLICY,
            # Weak, because the zipped and the plain form share it.
            "ETag": f"W/{file.etag}",
            "Vary": "Accept-Encoding",
        }
        if is_fresh(if_none_match, file.etag):
            return Response(status_code=304, headers=headers)
        zipped = "gzip" in accept_encoding
        if zipped:
            headers["Content-Encoding"] = "gzip"
        return Response(
            file.zipped if zipped else file.plain, headers=headers, media_type=file.media_type
        )
