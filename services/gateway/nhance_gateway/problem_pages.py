"""A page for each kind of problem, where its ``type`` leads to; made of the classes of errors."""

from __future__ import annotations

import base64
import hashlib
import inspect
from html import escape
from http import HTTPStatus

from fastapi import APIRouter, Response
from starlette.responses import HTMLResponse

from nhance_gateway.problems import kinds
from nhance_kit.errors import NhanceError, NotFound

STYLE = """
:root { color-scheme: light dark; font: 1.05rem/1.6 system-ui, sans-serif; }
body { max-width: 42rem; margin: 3rem auto; padding: 0 1rem; }
h1 { line-height: 1.2; }
code { font-size: 0.95em; }
dt { font-weight: 600; }
dd { margin: 0 0 0.75rem; }
"""
_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{content}
</main>
</body>
</html>
"""

PASSING = {HTTPStatus.CONFLICT, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}

router = APIRouter(prefix="/problems", include_in_schema=False)


@router.get("")
async def all_problems() -> Response:
    """Every kind there is, by status."""
    listed = sorted(kinds().values(), key=lambda kind: (kind.status, kind.code))
    items = "\n".join(
        f'<li><a href="/problems/{kind.code}">{escape(kind.title)}</a>'
        f" <code>{kind.code}</code>, {kind.status}</li>"
        for kind in listed
    )
    intro = "<p>Every error of this API is one of these; programs decide by the code.</p>"
    return _page("Problems", f"{intro}\n<ul>\n{items}\n</ul>")


@router.get("/{code}")
async def one_problem(code: str) -> Response:
    """Raises NotFound."""
    kind = kinds().get(code)
    if kind is None:
        raise NotFound("There is no such kind of problem; /problems lists them.")
    content = f"""<p>{escape(_about(kind))}</p>
<dl>
<dt>Code</dt><dd><code>{kind.code}</code></dd>
<dt>Status</dt><dd>{kind.status}</dd>
<dt>Does it help to try again?</dt><dd>{_again(kind)}</dd>
</dl>
<p><a href="/problems">All problems</a></p>"""
    return _page(kind.title, content)


def _again(kind: type[NhanceError]) -> str:
    if kind.transient:
        return "Yes: a part of the service was away. Wait as long as Retry-After says."
    if kind.retry_after_s is not None:
        return "Yes: wait as long as Retry-After says."
    if kind.status < HTTPStatus.INTERNAL_SERVER_ERROR and kind.status not in PASSING:
        return "Not as it is: the same request will meet the same problem."
    return "After a while, it may."


def _about(kind: type[NhanceError]) -> str:
    """What the docstring of its class says, for people."""
    return " ".join((inspect.getdoc(kind) or kind.title).replace("``", "").split())


def _page(title: str, content: str) -> Response:
    page = PAGE.format(title=escape(title), style=STYLE, content=content)
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "public, max-age=3600"}
    return HTMLResponse(page, headers=headers)
