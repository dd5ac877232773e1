"""Routes by which the web page trades a key for a cookie: `<video>` can't send a header."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from nhance_gateway.access import COOKIE, refuse_cross_site
from nhance_gateway.bodies import json_body, json_request
from nhance_gateway.deps import AppParts
from nhance_gateway.errors import InvalidCredentials
from nhance_gateway.openapi import problem_responses
from nhance_gateway.settings import is_loopback

LASTING = timedelta(hours=12)

router = APIRouter(prefix="/v1/session", tags=["session"])


class SessionRequest(BaseModel):
    """What a session is made from."""

    key: str = Field(
        max_length=200, description="An API key.", examples=["nhk_" + 43 * "x"], min_length=1
    )


@router.post(
    "",
    status_code=204,
    summary="Begin a session",
    openapi_extra=json_request(SessionRequest),
    responses={
        204: {
            "description": "The session has begun; the cookie stands for the key.",
            "headers": {
                "Set-Cookie": {
                    "description": f"`{COOKIE}`, HttpOnly and SameSite=Strict.",
                    "schema": {"type": "string"},
                }
            },
        },
        **problem_responses(
            later=["429"],
            _400="The body is not valid.",
            _401="The key is unknown, has expired or was revoked.",
            _403="A page of another site asked.",
            _413="The body is too long.",
            _429="Too many wrong keys came from this address.",
        ),
    },
)
async def begin_session(request: Request, response: Response, app: AppParts) -> None:
    """Trade a key for a cookie that lasts 12 hours, or as long as the key."""
    refuse_cross_site(request)
    body = await json_body(request, SessionRequest)
    key = await app.guard.key(body.key, request)
    session = None if key.is_session else await app.guard.keys.begin_session(key, LASTING)
    if session is None:
        raise InvalidCredentials("No session can be made from this key.")
    response.set_cookie(
        COOKIE,
        session,
        max_age=int(LASTING.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=not is_loopback(request.url.hostname or ""),
    )


@router.delete(
    "",
    status_code=204,
    summary="End the session",
    responses=problem_responses(_403="A page of another site asked."),
)
async def end_session(request: Request, response: Response, app: AppParts) -> None:
    """Make the cookie worthless, and have the browser drop it."""
    refuse_cross_site(request)
    session = request.cookies.get(COOKIE)
    if session is not None:
        await app.guard.keys.end_session(session)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
