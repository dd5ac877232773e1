"""The header Idempotency-Key, from its text to a claim that lasts as long as its request."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Any

import http_sf
import structlog
from fastapi import Header

from nhance_gateway.errors import FieldError, InvalidFields, KeyReused
from nhance_kit.errors import Unavailable
from nhance_kit.idempotency import LEASE_S, Answer, Claim, Earlier, IdempotencyKeys

log = structlog.get_logger()

HEADER = "Idempotency-Key"
MAX_LENGTH = 255

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias=HEADER,
        description="A string of your own in double quotes, such as a UUID: sent again within 24 "
        "hours, the request has no second effect and gets its first answer.",
        examples=['"8e03978e-40d5-43e8-bc93-6894a57f9324"'],
        json_schema_extra={"format": "sf-string"},
    ),
]


def key_of(header: str | None) -> str | None:
    """The key in a header, which is a structured field's string (RFC 9651 §3.3.3).

    Raises InvalidFields.
    """
    if header is None:
        return None
    key: object = None
    with suppress(http_sf.StructuredFieldError):
        item = http_sf.parse(header.encode(), tltype="item")
        key = item[0] if isinstance(item, tuple) else None
    # A token is a str as well, of a class of its own.
    if type(key) is not str or not 0 < len(key) <= MAX_LENGTH:
        message = f'is not a string of 1 to {MAX_LENGTH} characters in double quotes, like "8e03"'
        raise InvalidFields([FieldError(HEADER, message)])
    return key


def fingerprint(operation: str, **content: Any) -> str:
    """What two requests have in common only if they ask for the same."""
    text = json.dumps([operation, content], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def require_same(known: str | None, found: str) -> None:
    """Raises KeyReused where a key came with another request before."""
    if known is not None and known != found:
        raise KeyReused("This key was sent with another request before; take a new one.")


async def once(
    keys: IdempotencyKeys,
    tenant: str,
    key: str | None,
    fingerprint: Callable[[], Awaitable[str]],
    make: Callable[[Claim | None], Awaitable[Answer]],
    resume: Callable[[str], Awaitable[Answer]],
) -> Answer:
    """The answer to a request, the first one where its key is known.

    ``make`` has the effect and binds it to the claim; ``resume`` gets the id of what was made,
    where the gateway that made it could not tell of it any more. Raises KeyInUse and KeyReused.
    """
    if key is None:
        return await make(None)
    async with claimed(keys, tenant, key) as found:
        if isinstance(found, Earlier):
            require_same(found.fingerprint, await fingerprint())
            return found.answer
        if found.made is None:
            answer = await make(found)
        else:
            require_same(found.fingerprint, await fingerprint())
            answer = await resume(found.made)
        await keys.keep(found, answer)
        return answer


@asynccontextmanager
async def claimed(keys: IdempotencyKeys, tenant: str, key: str) -> AsyncIterator[Claim | Earlier]:
    """A claim that lasts as long as the block, or the earlier answer; raises KeyInUse."""
    found = await keys.claim(tenant, key)
    if isinstance(found, Earlier):
        yield found
        return
    renewing = asyncio.create_task(_renew(keys, found))
    try:
        yield found
    finally:
        renewing.cancel()
        # It goes on where the client went away and this was cancelled.
        await asyncio.shield(asyncio.create_task(_let_go(keys, found)))


async def _renew(keys: IdempotencyKeys, claim: Claim) -> None:
    while True:
        await asyncio.sleep(LEASE_S / 3)
        with suppress(Unavailable):
            await keys.renew(claim)


async def _let_go(keys: IdempotencyKeys, claim: Claim) -> None:
    try:
        await keys.let_go(claim)
    except Unavailable as error:
        log.warning("key_not_let_go", reason=str(error))
