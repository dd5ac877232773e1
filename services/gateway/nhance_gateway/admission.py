"""Whether who was let in would be still: for answers that may outlast a key."""

from __future__ import annotations

import time
from typing import Annotated

import structlog
from fastapi import Depends, Request

from nhance_gateway.access import Guard
from nhance_gateway.deps import AppParts
from nhance_kit.errors import NhanceError

log = structlog.get_logger()

EVERY_S = 15.0


class Admission:
    """Of one request; the guard is asked again every EVERY_S, however often this is."""

    def __init__(self, guard: Guard, request: Request) -> None:
        self._guard = guard
        self._request = request
        self._due = time.monotonic() + EVERY_S

    async def lasts(self) -> bool:
        """False once the key was revoked or has expired. A store that is away ends nothing."""
        if time.monotonic() < self._due:
            return True
        self._due = time.monotonic() + EVERY_S
        try:
            await self._guard.tenant_of(self._request)
        except NhanceError as error:
            if error.transient:
                return True
            log.info("admission_ended", path=self._request.url.path, code=error.code)
            return False
        return True


def _admission(request: Request, app: AppParts) -> Admission:
    return Admission(app.guard, request)


Admitted = Annotated[Admission, Depends(_admission)]
