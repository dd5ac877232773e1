"""A file in, a file out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from shutil import SameFileError

import httpx

from nhance_client.connecting import asked, known
from nhance_client.downloading import download
from nhance_client.errors import NhanceError
from nhance_client.following import ended
from nhance_client.rest import AuthenticatedClient
from nhance_client.rest.api.jobs import create_job
from nhance_client.rest.api.uploads import delete_upload
from nhance_client.rest.models import JobBody, OutputBody, UploadedJobRequest
from nhance_client.uploading import upload

Option = str | float | bool | dict[str, str]


def enhance(
    client: AuthenticatedClient,
    video: Path,
    to: Path | None = None,
    on_change: Callable[[JobBody], None] = lambda job: None,
    **options: Option,
) -> Path:
    """The enhanced video: ``to``, or NAME.enhanced.EXT beside ``video``.

    ``options`` are those of a job: ``model="look"``, ``strength=0.8`` and so on; ``on_change`` gets
    the job each time that it has got further. Raises NhanceError, whose text is for a person, and
    OSError where a file can't be read or written, or ``to`` is ``video``.
    """
    if to is not None and to.exists() and to.samefile(video):
        raise SameFileError(f"{to} is the video itself; give the enhanced one another name.")
    order = _order(options)
    sent = upload(client, video)
    order.upload_id = sent.id
    # With the same key, an order that is sent again makes no second job.
    key = f'"{sent.id}"'
    made = asked(JobBody, partial(create_job.sync, client=client, body=order, idempotency_key=key))
    # The job has its own copy; what stays behind expires.
    with suppress(NhanceError, httpx.TransportError):
        delete_upload.sync(sent.id, client=client)
    done = ended(client, made, on_change)
    extension = known(OutputBody, done.output).extension
    return download(client, done, to or video.with_name(f"{video.stem}.enhanced.{extension}"))


def _order(options: Mapping[str, Option]) -> UploadedJobRequest:
    order = UploadedJobRequest.from_dict({**options, "upload_id": ""})
    if unknown := options.keys() - order.to_dict().keys():
        raise TypeError(f"a job has no such options: {', '.join(sorted(unknown))}")
    return order
