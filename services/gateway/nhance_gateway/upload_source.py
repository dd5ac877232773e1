"""A job's source out of an upload: checked, and copied within the object store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from nhance_gateway.deps import Parts, usable_upload
from nhance_gateway.errors import Verifying
from nhance_gateway.verification import verified
from nhance_kit import keys
from nhance_kit.errors import Conflict, NhanceError
from nhance_kit.jobs import Source
from nhance_kit.uploads import Upload, UploadState

log = structlog.get_logger()


async def complete_upload(app: Parts, tenant: str, upload_id: str) -> Upload:
    """An upload that a job may use, awaited for a moment.

    Raises NotFound, Expired, Conflict, Verifying, and what was found wrong with it.
    """
    await usable_upload(app, upload_id, tenant)
    upload = await verified(app.store, upload_id, tenant, app.settings.ingest_wait_s)
    if upload.state == UploadState.VERIFYING:
        raise Verifying("The upload is still being verified. Try again in a moment.")
    if upload.state != UploadState.COMPLETE:
        raise Conflict(f"The upload is not complete yet: it is {upload.state}.")
    return upload


@asynccontextmanager
async def copied(app: Parts, upload: Upload, job_id: str) -> AsyncIterator[Source]:
    """The source of the job that the block makes; if it fails to, nothing of the source stays."""
    assert upload.sha256 is not None, "a complete upload has been hashed"
    key = keys.source(upload.tenant, job_id)
    copying = asyncio.create_task(
        asyncio.to_thread(app.objects.copy, keys.upload(upload.tenant, upload.id), key)
    )
    try:
        await asyncio.shield(copying)
        yield Source(name=upload.name, bytes=upload.bytes, sha256=upload.sha256)
    except BaseException:
        await asyncio.shield(asyncio.create_task(_undo(app, copying, key)))
        raise


async def _undo(app: Parts, copying: asyncio.Task[None], key: str) -> None:
    await asyncio.wait([copying])
    try:
        await asyncio.to_thread(app.objects.delete, key)
    except NhanceError as error:
        log.warning("source_left_behind", key=key, reason=str(error))
