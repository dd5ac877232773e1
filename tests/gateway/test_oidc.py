"""Tokens of an identity provider, which a small server plays with keys of its own."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import FastAPI
from jwt.algorithms import ECAlgorithm

from nhance_gateway.deps import Parts
from nhance_gateway.oidc import InvalidToken, TokenVerifier
from nhance_kit.api_keys import Scope
from nhance_kit.errors import Unavailable

KEY = ec.generate_private_key(ec.SECP256R1())
AUDIENCE = "https://nhance.test"


class Provider(BaseHTTPRequestHandler):
    """Serves its discovery document and its key set, and counts who asks."""

    asked: ClassVar[list[str]] = []
    issuer: ClassVar[str] = ""

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path == "/.well-known/openid-configuration":
            answer: Any = {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys"}
        else:
            jwk = json.loads(ECAlgorithm.to_jwk(KEY.public_key()))
            answer = {"keys": [{**jwk, "kid": "one", "alg": "ES256", "use": "sig"}]}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def issuer() -> Iterator[str]:
    Provider.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Provider) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        Provider.issuer = f"http://127.0.0.1:{server.server_port}"
        yield Provider.issuer
        server.shutdown()
        thread.join()


@pytest.fixture
def verifier(issuer: str) -> TokenVerifier:
    return TokenVerifier(issuer, AUDIENCE, "org")


def claims(issuer: str, **other: Any) -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": issuer,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + 300,
        "org": "acme",
        "scope": "openid jobs:read",
        **other,
    }


def signed(payload: dict[str, Any], kid: str = "one") -> str:
    return jwt.encode(payload, KEY, "ES256", {"kid": kid})


def forged(header: dict[str, str], payload: dict[str, Any]) -> str:
    parts = (json.dumps(part).encode() for part in (header, payload))
    return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), ""])


def test_a_token_speaks_for_the_tenant_it_claims(verifier: TokenVerifier, issuer: str) -> None:
    for _ in range(3):
        found = verifier.verify(signed(claims(issuer)))
        assert ("acme", frozenset({Scope.JOBS_READ})) == (found.tenant, found.scopes)
    assert ["/.well-known/openid-configuration", "/keys"] == Provider.asked


def test_clocks_may_differ_a_little(verifier: TokenVerifier, issuer: str) -> None:
    now = int(time.time())
    assert verifier.verify(signed(claims(issuer, exp=now - 10))).tenant == "acme"
    assert verifier.verify(signed(claims(issuer, nbf=now + 10))).tenant == "acme"


@pytest.mark.parametrize(
    "wrong",
    [
        {"exp": 1},
        {"exp": None},
        {"iat": None},
        {"aud": "https://other.test"},
        {"aud": None},
        {"iss": "https://evil.test"},
        {"iss": None},
        {"nbf": 1 << 33},
        {"org": None},
        {"org": "../evil"},
        {"org": ["acme"]},
    ],
)
def test_what_is_not_meant_for_us_is_refused(
    verifier: TokenVerifier, issuer: str, wrong: dict[str, Any]
) -> None:
    payload = {name: value for name, value in claims(issuer, **wrong).items() if value is not None}
    with pytest.raises(InvalidToken):
        verifier.verify(signed(payload))


def test_what_the_provider_did_not_sign_is_refused(verifier: TokenVerifier, issuer: str) -> None:
    good = claims(issuer)
    public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    stranger = ec.generate_private_key(ec.SECP256R1())
    tokens = [
        forged({"alg": "none", "kid": "one"}, good),
        forged({"alg": "ES256", "kid": "one"}, good),
        jwt.encode(good, base64.b64encode(public), "HS256", {"kid": "one"}),
        jwt.encode(good, stranger, "ES256", {"kid": "one"}),
        signed(good, kid="two"),
        signed(good)[:-4] + "AAAA",
        "eyJ",
        "",
    ]
    for token in tokens:
        with pytest.raises(InvalidToken):
            verifier.verify(token)


def test_a_silent_provider_is_no_verdict() -> None:
    with pytest.raises(Unavailable):
        TokenVerifier("http://127.0.0.1:1", AUDIENCE, "org").verify("eyJ")


async def test_the_gateway_takes_tokens_beside_keys(
    guarded: FastAPI, stranger: httpx.AsyncClient, verifier: TokenVerifier, issuer: str
) -> None:
    parts = guarded.state.parts
    assert isinstance(parts, Parts)
    parts.guard._tokens = verifier
    token = signed(claims(issuer))
    headers = {"Authorization": f"Bearer {token}"}
    assert (await stranger.get("/v1/jobs", headers=headers)).status_code == 200
    assert (await stranger.post("/v1/jobs", headers=headers)).status_code == 403
    headers = {"Authorization": f"Bearer {token[:-4]}AAAA"}
    assert (await stranger.get("/v1/jobs", headers=headers)).status_code == 401
