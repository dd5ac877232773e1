"""What becomes of uploads: whole ones are put together and verified, abandoned ones swept up."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta

import structlog

from nhance_kit import keys
from nhance_kit.blocking import Stop, in_thread
from nhance_kit.errors import Conflict, DamagedUpload, NotFound
from nhance_kit.objects import ObjectStore, UnfinishedUpload
from nhance_kit.queue import DISCARD_UPLOAD, SWEEP, VERIFY_UPLOAD
from nhance_kit.settings import Settings
from nhance_kit.store import JobStore
from nhance_kit.uploads import Upload, require_whole
from nhance_kit.worker import Handler

log = structlog.get_logger()

CHUNK_BYTES = 1 << 20
LEFT_BEHIND_AFTER = timedelta(days=1)  # no request lasts so long


def verify(objects: ObjectStore, upload: Upload, stop: Stop) -> str:
    """Make one object of an upload's parts and read it through; returns its SHA-256, in hex.

    May be done again at any point. Raises DamagedUpload, StoreUnavailable and Interrupted.
    """
    key = keys.upload(upload.tenant, upload.id)
    _put_together(objects, key, upload)
    objects.delete(keys.upload_tail(upload.tenant, upload.id))
    digest = hashlib.sha256()
    with closing(objects.stream(key, 0, upload.bytes)) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            stop.check()
            digest.update(chunk)
    found = digest.hexdigest()
    if upload.sha256 not in (None, found):
        raise DamagedUpload(
            f"The bytes that arrived have the SHA-256 {found}, not {upload.sha256}. "
            "Upload the file again."
        )
    return found


def _put_together(objects: ObjectStore, key: str, upload: Upload) -> None:
    try:
        parts = objects.parts(key, upload.s3_upload_id)
        require_whole(upload, parts)
        objects.complete_upload(
            key, upload.s3_upload_id, ((part.number, part.etag) for part in parts)
        )
    except Conflict as error:
        raise DamagedUpload(f"{error} Upload the file again.") from error
    except NotFound:
        # An attempt before this one completed it, or its parts are gone.
        pass
    try:
        size = objects.size(key)
    except NotFound as error:
        raise DamagedUpload("The parts are gone. Upload the file again.") from error
    if size != upload.bytes:
        raise DamagedUpload(f"{size} bytes arrived, not {upload.bytes}. Upload the file again.")


def left_behind(
    objects: ObjectStore, older_than: timedelta = LEFT_BEHIND_AFTER
) -> list[UnfinishedUpload]:
    """Uploads in parts that no request can still be at: its process was killed."""
    latest = datetime.now(UTC) - older_than
    return [upload for upload in objects.unfinished_uploads() if upload.began_at < latest]


def upload_handlers(
    settings: Settings, store: JobStore, objects: ObjectStore
) -> Mapping[str, Handler]:
    async def verify_upload(upload_id: str) -> None:
        upload = await store.uploads.verifying(upload_id)
        stop = Stop()
        sha256 = await in_thread(lambda: verify(objects, upload, stop), stop)
        await store.uploads.verified(upload_id, sha256, settings.upload_keep_s)
        log.info("upload_verified", bytes=upload.bytes)

    async def discard_upload(upload_id: str, tenant: str) -> None:
        await asyncio.to_thread(objects.delete_prefix, keys.upload_prefix(tenant, upload_id))

    async def sweep(timestamp: int) -> None:
        """Remove what clients abandoned and what killed processes left behind."""
        expired = await store.uploads.delete_expired()
        old = await asyncio.to_thread(left_behind, objects)
        owned = await store.uploads.owned([upload.upload_id for upload in old])
        orphans = [upload for upload in old if upload.upload_id not in owned]
        for orphan in orphans:
            with suppress(NotFound):
                await asyncio.to_thread(objects.abort_upload, orphan.key, orphan.upload_id)
        if expired or orphans:
            log.info("swept", expired=expired, left_behind=len(orphans))

    return {VERIFY_UPLOAD: verify_upload, DISCARD_UPLOAD: discard_upload, SWEEP: sweep}
