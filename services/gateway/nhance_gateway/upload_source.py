"""A job's source out of an upload: checked, and copied within the object store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from nhance_gateway.copying import copied
from nhance_gateway.deps import Parts, usable_upload
from nhance_gateway.errors import Verifying
from nhance_gateway.verification import verified
from nhance_kit import keys
from nhance_kit.errors import Conflict
from nhance_kit.jobs import Source
from nhance_kit.uploads import Upload, UploadState


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
async def source_of(app: Parts, upload: Upload, job_id: str) -> AsyncIterator[Source]:
    """The source of the job that the block makes; if it fails to, nothing of the source stays."""
    assert upload.sha256 is not None, "a complete upload has been hashed"
    whole = keys.upload(upload.tenant, upload.id)
    async with copied(app.objects, whole, keys.source(upload.tenant, job_id)):
        yield Source(name=upload.name, bytes=upload.bytes, sha256=upload.sha256)
