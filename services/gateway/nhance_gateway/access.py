"""Who may do what: the one place that judges keys, tokens and sessions."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import structlog
from fastapi import Request
from starlette.datastructures import Headers

from nhance_gateway.errors import (
    CrossSite,
    InvalidCredentials,
    MissingScope,
    NoCredentials,
    UnknownHost,
)
from nhance_gateway.oidc import Identity, InvalidToken, TokenVerifier
from nhance_gateway.settings import GatewaySettings, is_loopback
from nhance_gateway.throttle import Throttle
from nhance_kit.api_keys import PREFIX, ApiKey, ApiKeys, Scope
from nhance_kit.jobs import LOCAL_TENANT

log = structlog.get_logger()

COOKIE = "nhance_session"
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
WEBHOOKS_PATH = "/v1/webhooks"


def needed_scope(method: str, path: str) -> Scope:
    """What a request needs. It goes by the path, so that no new route is ever forgotten."""
    if path == WEBHOOKS_PATH or path.startswith(f"{WEBHOOKS_PATH}/"):
        return Scope.WEBHOOKS
    return Scope.JOBS_READ if method in SAFE_METHODS else Scope.JOBS_WRITE


def grants(scopes: frozenset[Scope], needed: Scope) -> bool:
    """Whether ``scopes`` have what is needed; who may write jobs may read them."""
    return needed in scopes or (needed == Scope.JOBS_READ and Scope.JOBS_WRITE in scopes)


def is_cross_site(headers: Headers) -> bool:
    """Whether a page of another origin had a browser send this.

    By Sec-Fetch-Site (W3C Fetch Metadata), and by Origin (RFC 6454 §7) where a browser is too old
    for that. What is no browser sends neither.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")


class Guard:
    """Judges requests by the settings: with keys, or without on this machine alone."""

    def __init__(self, settings: GatewaySettings, keys: ApiKeys) -> None:
        self.keys = keys
        self._settings = settings
        self._throttle = Throttle(settings.wrong_keys_per_minute)
        self._tokens = (
            TokenVerifier(settings.oidc_issuer, settings.oidc_audience, settings.oidc_tenant_claim)
            if settings.oidc_issuer and settings.oidc_audience
            else None
        )

    async def tenant_of(self, request: Request) -> str:
        """The tenant that a request speaks for.

        Raises NoCredentials, InvalidCredentials, TooManyAttempts, MissingScope, CrossSite,
        UnknownHost, and Unavailable.
        """
        bearer = _bearer(request.headers)
        if bearer is None and request.method not in SAFE_METHODS:
            refuse_cross_site(request)
        if not self._settings.require_keys:
            self._refuse_other_names(request)
            return LOCAL_TENANT
        token = bearer or request.cookies.get(COOKIE)
        if token is None:
            raise NoCredentials("Send a key: `Authorization: Bearer nhk_…`.")
        identity = await self._identify(token, _address(request))
        needed = needed_scope(request.method, request.url.path)
        if not grants(identity.scopes, needed):
            raise MissingScope(needed)
        return identity.tenant

    async def key(self, key: str, request: Request) -> ApiKey:
        """What is kept of a key; raises InvalidCredentials and TooManyAttempts."""
        address = _address(request)
        self._throttle.check(address)
        found = await self.keys.find(key)
        if found is None:
            self._throttle.failed(address)
            raise InvalidCredentials("This key is unknown, has expired or was revoked.")
        return found

    async def _identify(self, token: str, address: str) -> Identity:
        self._throttle.check(address)
        if self._tokens is None or token.startswith(PREFIX):
            found = await self.keys.find(token)
            if found is not None:
                return Identity(found.tenant, found.scopes)
        else:
            try:
                return await asyncio.to_thread(self._tokens.verify, token)
            except InvalidToken as error:
                log.info("token_refused", reason=str(error))
        self._throttle.failed(address)
        raise InvalidCredentials("This key or token is unknown, has expired or was revoked.")

    def _refuse_other_names(self, request: Request) -> None:
        """A page whose name was made to lead to this machine has its own name in Host."""
        host = request.url.hostname or ""
        if not (self._settings.allow_public or is_loopback(host)):
            raise UnknownHost(f"This gateway is not {host}; ask it as 127.0.0.1 or localhost.")


def refuse_cross_site(request: Request) -> None:
    """Raises CrossSite."""
    if is_cross_site(request.headers):
        raise CrossSite("A page of another site may not do this.")


def _bearer(headers: Headers) -> str | None:
    """The token of an Authorization header (RFC 6750 §2.1); another scheme is no credential."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
