"""Bearer tokens of an OpenID Connect provider, where one is set (RFC 7519, RFC 9068)."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import httpx
import jwt
from jwt.exceptions import InvalidTokenError, PyJWKClientConnectionError, PyJWKClientError

from nhance_kit.api_keys import Scope, is_tenant
from nhance_kit.errors import Unavailable

# Signatures by a private key alone: with `none` or HS* anybody could sign with what is public.
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
LEEWAY_S = 30
KEYS_LAST_S = 300
TIMEOUT_S = 5


class InvalidToken(Exception):
    """No token that counts here; ``str(error)`` says why."""


@dataclass(frozen=True)
class Identity:
    """Whom a token speaks for."""

    tenant: str
    scopes: frozenset[Scope]


class TokenVerifier:
    """Checks tokens against the provider's published keys, which are fetched when needed.

    Thread-safe, blocking.
    """

    def __init__(self, issuer: str, audience: str, tenant_claim: str) -> None:
        self._issuer = issuer
        self._audience = audience
        self._tenant_claim = tenant_claim
        self._lock = threading.Lock()
        self._keys: jwt.PyJWKClient | None = None

    def verify(self, token: str) -> Identity:
        """Raises InvalidToken, and Unavailable where the provider does not answer."""
        try:
            key = self._published().get_signing_key_from_jwt(token)
            claims = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                audience=self._audience,
                issuer=self._issuer,
                leeway=LEEWAY_S,
                options={"require": ["exp", "iat", "iss", "aud"]},
            )
        except PyJWKClientConnectionError as error:
            raise Unavailable(f"The identity provider does not answer: {error}") from error
        except (InvalidTokenError, PyJWKClientError) as error:
            raise InvalidToken(str(error)) from error
        tenant = claims.get(self._tenant_claim)
        if not (isinstance(tenant, str) and is_tenant(tenant)):
            raise InvalidToken(f"The claim {self._tenant_claim} names no tenant.")
        return Identity(tenant, _scopes(claims.get("scope")))

    def _published(self) -> jwt.PyJWKClient:
        """The provider's keys, where its own document says (OpenID Connect Discovery 1.0 §4)."""
        with self._lock:
            if self._keys is None:
                address = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
                try:
                    answer = httpx.get(address, timeout=TIMEOUT_S).raise_for_status().json()
                    found, jwks_uri = answer["issuer"], answer["jwks_uri"]
                except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
                    raise Unavailable(f"{address} does not answer: {error!r}") from error
                if found != self._issuer:
                    raise Unavailable(f"{address} is of another issuer: {found}")
                self._keys = jwt.PyJWKClient(jwks_uri, lifespan=KEYS_LAST_S, timeout=TIMEOUT_S)
            return self._keys


def _scopes(claim: Any) -> frozenset[Scope]:
    """Those of ours that the claim ``scope`` lists, space-separated (RFC 8693 §4.2)."""
    named = claim.split() if isinstance(claim, str) else []
    return frozenset(scope for scope in Scope if scope in named)
