"""A job's video into a file: whole and compared with its SHA-256, or not at all."""

from __future__ import annotations

import hashlib
from pathlib import Path

from nhance_client.connecting import patient
from nhance_client.errors import JobEnded, NotReached
from nhance_client.rest import AuthenticatedClient
from nhance_client.rest.models import JobBody, OutputBody


def download(client: AuthenticatedClient, job: JobBody, to: Path) -> Path:
    """``to``, with the enhanced video in it; what comes lies beside it until it is whole.

    A connection that breaks is opened anew, and goes on where the other one ended. Raises
    NhanceError, and OSError.
    """
    if not isinstance(job.output, OutputBody) or not isinstance(job.links.video, str):
        raise JobEnded(f"The job has no video; it is {job.state}.")
    unfinished = to.with_name(f".{to.name}.unfinished")
    unfinished.write_bytes(b"")
    try:
        _receive(client, job.links.video, job.output.bytes_, unfinished)
        with unfinished.open("rb") as opened:
            found = hashlib.file_digest(opened, "sha256").hexdigest()
        if found != job.output.sha256:
            raise NotReached("The video arrived damaged; download it again.")
        unfinished.replace(to)
    finally:
        unfinished.unlink(missing_ok=True)
    return to


@patient
def _receive(client: AuthenticatedClient, link: str, size: int, unfinished: Path) -> None:
    with unfinished.open("ab") as file:
        if (there := file.tell()) == size:
            return
        headers = {"Range": f"bytes={there}-"} if there else {}
        with client.get_httpx_client().stream("GET", link, headers=headers) as answer:
            for chunk in answer.iter_bytes():
                file.write(chunk)
