"""What routes are given."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request

from nhance_gateway.access import Guard
from nhance_gateway.feed import Feed
from nhance_gateway.quota import Quota
from nhance_gateway.settings import GatewaySettings
from nhance_gateway.upload import Unsettled
from nhance_kit.changes import ChangeLog
from nhance_kit.errors import Expired, NotFound
from nhance_kit.idempotency import IdempotencyKeys
from nhance_kit.jobs import Job
from nhance_kit.locks import Locks
from nhance_kit.objects import ObjectStore
from nhance_kit.store import JobStore
from nhance_kit.uploads import Upload

_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Parts:
    """What an app is made of."""

    settings: GatewaySettings
    store: JobStore
    objects: ObjectStore
    guard: Guard
    changes: ChangeLog
    feed: Feed
    idempotency: IdempotencyKeys
    quota: Quota
    locks: Locks
    unsettled: Unsettled


def parts(request: Request) -> Parts:
    found = request.app.state.parts
    assert isinstance(found, Parts)
    return found


AppParts = Annotated[Parts, Depends(parts)]


async def tenant(request: Request, app: AppParts) -> str:
    """Whose jobs a request may see; every route under /v1 but /v1/session depends on it."""
    return await app.guard.tenant_of(request)


Tenant = Annotated[str, Depends(tenant)]


def within_quota(request: Request, app: AppParts, tenant: Tenant) -> None:
    """Count a request of a tenant; raises QuotaExceeded."""
    app.quota.take(tenant, request)


def is_id(text: str) -> bool:
    """Whether this could be the id of anything here."""
    return _ID.fullmatch(text) is not None


def known_id(
    job_id: Annotated[str, Path(description="The job's id.", examples=[32 * "0"])],
) -> str:
    """An id that could be one. What could not is unknown, and never reaches the database."""
    if not is_id(job_id):
        raise NotFound("There is no such job.")
    return job_id


JobId = Annotated[str, Depends(known_id)]


async def current_job(job_id: JobId, tenant: Tenant, app: AppParts) -> Job:
    """The job that the path names; raises NotFound, for another tenant's as well."""
    return await app.store.job(job_id, tenant)


CurrentJob = Annotated[Job, Depends(current_job)]


async def current_upload(
    upload_id: Annotated[str, Path(description="The upload's id.", examples=[32 * "0"])],
    tenant: Tenant,
    app: AppParts,
) -> Upload:
    """The upload that the path names; raises NotFound, for another tenant's too, and Expired."""
    return await usable_upload(app, upload_id, tenant)


async def usable_upload(app: Parts, upload_id: str, tenant: str) -> Upload:
    """An upload that has not expired; raises NotFound and Expired."""
    if not _ID.fullmatch(upload_id):
        raise NotFound("There is no such upload.")
    upload = await app.store.uploads.get(upload_id, tenant)
    if upload.expired:
        raise Expired("The upload has expired. Upload the file again.")
    return upload


CurrentUpload = Annotated[Upload, Depends(current_upload)]
