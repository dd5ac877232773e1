"""The ways to ask for a job: a form with the video in it, or the id of an upload."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from fastapi import Request

from nhance_gateway import idempotent
from nhance_gateway.callbacks import check_callback
from nhance_gateway.deps import Parts
from nhance_gateway.form import FORM_BYTES, FormReader
from nhance_gateway.requested import JobRequest, UploadedJobRequest, check_container, of_form
from nhance_gateway.servables import Chosen, asked_for, chosen
from nhance_gateway.upload import Measured, PartedObject, receive, too_large
from nhance_gateway.upload_source import complete_upload, source_of
from nhance_kit import keys
from nhance_kit.idempotency import Claim, bind
from nhance_kit.jobs import Job, JobOptions, Source
from nhance_kit.store import new_job_id

OPERATION = "POST /v1/jobs"


class Order(Protocol):
    """What somebody asks for. Only one of these is called, and once: a body is read once."""

    async def carry_out(self, claim: Claim | None) -> Job:
        """Make the job, bound to the claim in one; on any error nothing of it stays."""

    async def validate(self) -> None:
        """Raise what is wrong."""

    async def fingerprint(self) -> str:
        """What only the same order has; nothing is kept of it."""


@dataclass(frozen=True)
class FormOrder:
    """A form, whose file may be long: it is stored as it comes, or not at all."""

    app: Parts
    tenant: str
    request: Request
    body: AsyncIterator[bytes]

    async def carry_out(self, claim: Claim | None) -> Job:
        app = self.app
        form = self._form()
        job_id = new_job_id()
        async with PartedObject(
            app.objects,
            keys.source(self.tenant, job_id),
            app.settings.max_upload_bytes,
            app.unsettled,
        ) as target:
            wanted, source = await self._received(form, target)
            await target.complete()
            fingerprint = _form_fingerprint(form, source)
            return await _created(app, self.tenant, job_id, source, wanted, claim, fingerprint)

    async def validate(self) -> None:
        """Raise what is wrong; the file may be missing."""
        await self._received(self._form(file_required=False), self._nowhere())

    async def fingerprint(self) -> str:
        form = self._form()
        _, source = await self._received(form, self._nowhere())
        return _form_fingerprint(form, source)

    def _form(self, *, file_required: bool = True) -> FormReader:
        kind = self.request.headers.get("content-type")
        return FormReader(kind, file_required=file_required)

    def _nowhere(self) -> Measured:
        return Measured(self.app.settings.max_upload_bytes)

    async def _received(self, form: FormReader, target: Measured) -> tuple[JobRequest, Source]:
        """What the form asks for, and its file, which ``target`` has."""
        length = self.request.headers.get("content-length", "")
        limit = self.app.settings.max_upload_bytes
        if length.isdecimal() and int(length) > limit + FORM_BYTES:
            raise too_large(limit)

        async def check(fields: dict[str, str]) -> None:
            await _check(self.app, of_form(fields), more_may_come=True)

        source = await receive(self.body, form, target, self.app.settings, check)
        wanted = of_form(form.fields)
        await _check(self.app, wanted)
        return wanted, source


@dataclass(frozen=True)
class UploadOrder:
    """The id of an upload that is complete, and whose bytes the store has."""

    app: Parts
    tenant: str
    wanted: UploadedJobRequest

    async def carry_out(self, claim: Claim | None) -> Job:
        await _check(self.app, self.wanted)
        upload = await complete_upload(self.app, self.tenant, self.wanted.upload_id)
        job_id = new_job_id()
        async with source_of(self.app, upload, job_id) as source:
            fingerprint = await self.fingerprint()
            return await _created(
                self.app, self.tenant, job_id, source, self.wanted, claim, fingerprint
            )

    async def validate(self) -> None:
        await _check(self.app, self.wanted)
        await complete_upload(self.app, self.tenant, self.wanted.upload_id)

    async def fingerprint(self) -> str:
        return idempotent.fingerprint(OPERATION, body=self.wanted.model_dump(mode="json"))


async def model_of(app: Parts, wanted: JobOptions, job_id: str) -> Chosen:
    """The version of the model that a job begins with, and its cost; raises ModelNotFound."""
    return await asyncio.to_thread(chosen, app.settings.servables_dir, wanted, job_id)


async def _check(app: Parts, wanted: JobRequest, *, more_may_come: bool = False) -> None:
    """Raise what is wrong with options that are well-formed; of either form of a request.

    Where ``more_may_come``, a codec that was not chosen may be yet.
    """
    if wanted.codec is not None or not more_may_come:
        check_container(wanted)
    check_callback(wanted.callback_url, allow_loopback=app.settings.webhook_allow_loopback)
    await asyncio.to_thread(asked_for, app.settings.servables_dir, wanted)


async def _created(
    app: Parts,
    tenant: str,
    job_id: str,
    source: Source,
    wanted: JobRequest,
    claim: Claim | None,
    fingerprint: str,
) -> Job:
    also = None
    if claim is not None:
        also = partial(bind, claim=claim, fingerprint=fingerprint, made=job_id)
    model = await model_of(app, wanted, job_id)
    return await app.store.create(
        tenant, job_id, source, wanted.options, wanted.labels, also, model.version, model.cost
    )


def _form_fingerprint(form: FormReader, source: Source) -> str:
    return idempotent.fingerprint(
        OPERATION, fields=form.fields, name=source.name, sha256=source.sha256
    )
