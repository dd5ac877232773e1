"""A job's video into a file: whole and compared with its SHA-256, or not at all."""

from __future__ import annotations

import hashlib
from http.client import PARTIAL_CONTENT
from pathlib import Path

import httpx

from nhance_client.connecting import patient
from nhance_client.errors import JobEnded, NotReached
from nhance_client.rest import AuthenticatedClient
from nhance_client.rest.models import JobBody, OutputBody


def download(client: AuthenticatedClient, job: JobBody, to: Path) -> Path:
    """``to``, with the enhanced video in it; what comes lies beside it until it is whole.

    A connection that breaks is opened anew, and goes on where the other one ended: as often as it
    brings something. Raises NhanceError, and OSError.
    """
    if not isinstance(job.output, OutputBody) or not isinstance(job.links.video, str):
        raise JobEnded(f"The job has no video; it is {job.state}.")
    unfinished = to.with_name(f".{to.name}.unfinished")
    unfinished.write_bytes(b"")
    try:
        while not _receive(client, job.links.video, unfinished):
            pass
        with unfinished.open("rb") as opened:
            found = hashlib.file_digest(opened, "sha256").hexdigest()
        if found != job.output.sha256:
            raise NotReached("The video arrived damaged; download it again.")
        unfinished.replace(to)
    finally:
        unfinished.unlink(missing_ok=True)
    return to


@patient
def _receive(client: AuthenticatedClient, link: str, unfinished: Path) -> bool:
    """Whether one connection brought all that was missing; raises if it broke without a byte."""
    with unfinished.open("ab") as file:
        there = file.tell()
        headers = {"Range": f"bytes={there}-"} if there else {}
        try:
            with client.get_httpx_client().stream("GET", link, headers=headers) as answer:
                if there and answer.status_code != PARTIAL_CONTENT:
                    raise NotReached("The connection broke, and the rest cannot be had alone.")
                for chunk in answer.iter_bytes():
                    file.write(chunk)
        except httpx.TransportError:
            if file.tell() == there:
                raise
            return False
    return True
