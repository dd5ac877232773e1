"""What ingest finds of an upload that is whole, awaited for a while so that the answer can tell."""

from __future__ import annotations

import asyncio
import time

from nhance_gateway.problems import kind_of
from nhance_kit.store import JobStore
from nhance_kit.uploads import Upload, UploadState

FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 0.5


async def verified(store: JobStore, upload_id: str, tenant: str, wait_s: float) -> Upload:
    """An upload once it is verified, or as it stands after ``wait_s``.

    Raises what was found wrong with it, if that is the client's to mend, and NotFound.
    """
    deadline = time.monotonic() + wait_s
    pause_s = FIRST_PAUSE_S
    while True:
        upload = await store.uploads.get(upload_id, tenant)
        left_s = deadline - time.monotonic()
        if upload.state != UploadState.VERIFYING or left_s <= 0:
            break
        await asyncio.sleep(min(pause_s, left_s))
        pause_s = min(LONGEST_PAUSE_S, pause_s * 1.5)
    if upload.error is not None and upload.error["status"] < 500:
        raise kind_of(upload.error["code"])(upload.error["detail"])
    return upload
