"""A file into the service's object store: in parts, some at once, each tried again by itself."""

from __future__ import annotations

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from uuid import uuid4

import httpx

from nhance_client.connecting import TIMEOUT, asked, known, patient
from nhance_client.errors import NotReached, ProblemReported
from nhance_client.rest import AuthenticatedClient
from nhance_client.rest.api.uploads import (
    complete_upload,
    create_upload,
    list_part_urls,
    read_upload,
)
from nhance_client.rest.models import Completion, NewUpload, PartUrlList, Problem, UploadBody

AT_ONCE = 4
POLL_S = 1.0


def upload(client: AuthenticatedClient, file: Path) -> UploadBody:
    """A complete upload, whose SHA-256 the service has compared with the file's.

    At most AT_ONCE parts are in memory. Raises NhanceError, and OSError for the file.
    """
    new = NewUpload(name=file.name, bytes_=file.stat().st_size)
    key = f'"{uuid4()}"'  # the same at every try: one upload is begun, not several
    begun = asked(
        UploadBody, partial(create_upload.sync, client=client, body=new, idempotency_key=key)
    )
    with httpx.Client(timeout=TIMEOUT) as store, ThreadPoolExecutor(AT_ONCE) as pool:
        send = partial(_send_part, client, store, file, begun)
        for _ in pool.map(send, range(1, begun.parts_total + 1)):
            pass
    with file.open("rb") as opened:
        whole = Completion(sha256=hashlib.file_digest(opened, "sha256").hexdigest())
    sent = asked(UploadBody, partial(complete_upload.sync, begun.id, client=client, body=whole))
    while sent.state == "verifying":
        time.sleep(POLL_S)
        sent = asked(UploadBody, partial(read_upload.sync, begun.id, client=client))
    if isinstance(sent.error, Problem):
        raise ProblemReported(sent.error)
    return sent


@patient
def _send_part(
    client: AuthenticatedClient, store: httpx.Client, file: Path, upload: UploadBody, number: int
) -> None:
    # A URL is good for minutes only: each try gets its own.
    answer = list_part_urls.sync(upload.id, client=client, first=number, count=1)
    (part,) = known(PartUrlList, answer).parts
    with file.open("rb") as opened:
        opened.seek((number - 1) * upload.part_bytes)
        data = opened.read(part.bytes_)
    stored = store.put(part.url, content=data)
    if not stored.is_success:
        raise NotReached(f"The object store answered with {stored.status_code}.", again_after_s=0.0)
