"""Another tenant's id is unknown on every route that takes one; the document names the routes."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import httpx
from fastapi import FastAPI

from nhance_kit.api_keys import ApiKeys, Scope
from nhance_kit.jobs import JobOptions
from nhance_kit.objects import PART_BYTES, ObjectStore
from nhance_kit.store import JobStore, new_job_id
from nhance_kit.uploads import Way

from .acting import finish, new_job

Make = Callable[[], Awaitable[str]]


async def test_another_tenants_id_is_a_404_everywhere(
    guarded: FastAPI,
    stranger: httpx.AsyncClient,
    keys: ApiKeys,
    store: JobStore,
    objects: ObjectStore,
    tenant: str,
) -> None:
    async def a_job() -> str:
        job = await new_job(store, tenant)
        await finish(store, objects, job, b"enhanced", b"compared")
        return job.id

    async def an_upload() -> str:
        upload = await store.uploads.create(
            tenant,
            new_job_id(),
            Way.TUS,
            name="walk.mp4",
            size=3,
            sha256=None,
            part_bytes=PART_BYTES,
            s3_upload_id="none",
            keep_s=60,
        )
        return upload.id

    async def a_delivery() -> str:
        options = JobOptions.model_validate({"callback_url": "https://example.com/"})
        await store.cancel((await new_job(store, tenant, options=options)).id, tenant)
        (delivery,) = await store.webhooks.newest(tenant, 1)
        return delivery.id

    made: dict[str, Make] = {
        "job_id": a_job,
        "upload_id": an_upload,
        "delivery_id": a_delivery,
    }
    headers = []
    for holder in (f"{tenant}-other", tenant):
        key, _ = await keys.create(holder, "", list(Scope))
        headers.append({"Authorization": f"Bearer {key}", "Tus-Resumable": "1.0.0"})

    walked = 0
    for path, operations in guarded.openapi()["paths"].items():
        for name in re.findall(r"{(\w+)}", path):
            for method in operations:
                known = path.replace(f"{{{name}}}", await made[name]())
                foreign, own = [
                    await stranger.request(method, known, headers=one) for one in headers
                ]
                where = f"{method} {path}"
                assert (where, 404) == (where, foreign.status_code)
                assert (where, 404) != (where, own.status_code), own.text
                walked += 1
    assert walked >= 5
