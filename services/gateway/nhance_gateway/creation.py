"""A job out of an order, once, with the answer that the client gets."""

from __future__ import annotations

import structlog

from nhance_gateway import idempotent
from nhance_gateway.copying import copied
from nhance_gateway.deps import Parts
from nhance_gateway.orders import Order, model_of
from nhance_gateway.schemas import JobBody
from nhance_gateway.verdict import refuse_rejected, verdict
from nhance_kit import keys
from nhance_kit.errors import Conflict, NotFound
from nhance_kit.idempotency import Answer, Claim
from nhance_kit.jobs import Job
from nhance_kit.states import JobState
from nhance_kit.store import new_job_id

log = structlog.get_logger()

RETRY_AFTER_S = 2


async def create(app: Parts, tenant: str, order: Order, header: str | None) -> Answer:
    """The answer to an order; ``header`` is its Idempotency-Key.

    On any error nothing of the job stays, and the key is free again.
    """

    async def make(claim: Claim | None) -> Answer:
        return await _answered(app, await _carried_out(order, claim))

    async def resume(job_id: str) -> Answer:
        return await _answered(app, await _left(app, tenant, job_id))

    key = idempotent.key_of(header)
    return await idempotent.once(app.idempotency, tenant, key, order.fingerprint, make, resume)


async def retried(app: Parts, job: Job) -> Job:
    """A new job from the source of one that failed; on any error nothing of it stays.

    Its version of the model is chosen anew, as it is rolled out now. Raises Conflict, also where
    the source is gone.
    """
    if job.state != JobState.FAILED:
        raise Conflict(f"Only a job that failed is tried again; this one is {job.state}.")
    job_id = new_job_id()
    key = keys.source(job.tenant, job_id)
    model = await model_of(app, job.options, job_id)
    try:
        async with copied(app.objects, keys.source(job.tenant, job.id), key):
            return await app.store.create(
                job.tenant,
                job_id,
                job.source,
                job.options,
                job.labels,
                model_version=model.version,
                cost=model.cost,
            )
    except NotFound as error:
        raise Conflict("The video of this job is no longer there; send it again.") from error


async def _carried_out(order: Order, claim: Claim | None) -> Job:
    job = await order.carry_out(claim)
    log.info("job_created", job_id=job.id, bytes=job.source.bytes, model=job.options.model)
    return job


async def _left(app: Parts, tenant: str, job_id: str) -> Job:
    """The job that a gateway made and could not tell of any more."""
    try:
        return await app.store.job(job_id, tenant)
    except NotFound as error:
        raise Conflict("The job of the first request is gone. Send the request again.") from error


async def _answered(app: Parts, job: Job) -> Answer:
    """What the client is told of a fresh job, once ingest has had a moment to look at it."""
    job = await verdict(app.store, app.feed, job, app.settings.ingest_wait_s)
    await refuse_rejected(app.store, app.objects, job)
    headers = {"Location": f"/v1/jobs/{job.id}", "Retry-After": str(RETRY_AFTER_S)}
    return Answer(202, headers, JobBody.of(job).model_dump_json())
