"""Routes of webhooks: the log of deliveries, their replay, the secret; and what is delivered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Header, Path, Query
from pydantic import BaseModel, Field

from nhance_gateway import cursors
from nhance_gateway.deps import AppParts, Tenant, is_id
from nhance_gateway.openapi import problem_responses
from nhance_gateway.schemas import JobBody
from nhance_kit.errors import NotFound
from nhance_kit.states import JobState
from nhance_kit.webhook_secrets import Secrets, WebhookSecrets
from nhance_kit.webhooks import Delivery, DeliveryState

_ID = "5b2f8c1d9e7a4c3d8e2f6a1b5c9d7e30"

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])
documented = APIRouter()


class DeliveryBody(BaseModel):
    """One event on its way to one URL."""

    id: str = Field(description="The `webhook-id` of every attempt and replay.", examples=[_ID])
    job_id: str = Field(description="The job that it tells of.")
    type: str = Field(description="What it tells.", examples=["job.succeeded"])
    url: str = Field(description="Where to: the job's `callback_url`.")
    state: DeliveryState = Field(
        description="`pending` until it was `delivered`; `failed` after three days; `gone` where "
        "the receiver has answered 410, and nothing more is sent there before a replay."
    )
    attempts: int = Field(description="How often it was tried.", examples=[1])
    created_at: datetime = Field(description="When the job ended.")
    next_attempt_at: datetime | None = Field(description="When it is tried next.")
    last_attempt_at: datetime | None = Field(description="When it was last tried.")
    last_status: int | None = Field(
        description="The HTTP status of the last answer; null where there was none.", examples=[200]
    )
    last_error: str | None = Field(description="Why there was no answer.")

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        return cls(
            id=delivery.id,
            job_id=delivery.job_id,
            type=delivery.type,
            url=delivery.url,
            state=delivery.state,
            attempts=delivery.attempts,
            created_at=delivery.created_at,
            next_attempt_at=delivery.next_attempt_at,
            last_attempt_at=delivery.last_attempt_at,
            last_status=delivery.last_status,
            last_error=delivery.last_error,
        )


class DeliveryList(BaseModel):
    """Some deliveries, the newest first."""

    deliveries: list[DeliveryBody]
    next_cursor: str | None = Field(
        description="Pass it as `cursor` to get the deliveries before these; null at the end."
    )


class SecretBody(BaseModel):
    """What signs this tenant's webhooks."""

    secret: str = Field(description="The secret that signs.", examples=["whsec_…"])
    created_at: datetime = Field(description="When it was made.")
    previous: str | None = Field(
        description="The one before it, which signs as well until `previous_until`."
    )
    previous_until: datetime | None

    @classmethod
    def of(cls, secrets: Secrets) -> Self:
        return cls(
            secret=secrets.current,
            created_at=secrets.created_at,
            previous=secrets.previous,
            previous_until=secrets.previous_until,
        )


class JobEvent(BaseModel):
    """What is posted to a job's `callback_url` when the job has ended."""

    type: str = Field(description="Which event it is.", examples=["job.succeeded"])
    timestamp: datetime = Field(description="When the job ended.")
    data: JobBody


def known_id(
    delivery_id: Annotated[str, Path(description="The delivery's id.", examples=[_ID])],
) -> str:
    """An id that could be one; raises NotFound."""
    if not is_id(delivery_id):
        raise NotFound("There is no such delivery.")
    return delivery_id


@router.get(
    "/deliveries",
    summary="List deliveries",
    responses=problem_responses(_400="A parameter is wrong."),
)
async def list_deliveries(
    app: AppParts,
    tenant: Tenant,
    limit: Annotated[int, Query(ge=1, le=100, description="At most so many.")] = 20,
    cursor: Annotated[
        str | None,
        Query(
            max_length=200,
            description="`next_cursor` of the page before.",
            json_schema_extra={"format": "cursor"},
        ),
    ] = None,
) -> DeliveryList:
    """What was sent and is to be sent, the newest first. A deleted job's deliveries go with it."""
    before = None if cursor is None else cursors.decode(cursor)
    found = await app.store.webhooks.newest(tenant, limit + 1, before)
    page = found[:limit]
    more = len(found) > limit
    return DeliveryList(
        deliveries=[DeliveryBody.of(delivery) for delivery in page],
        next_cursor=cursors.encode(page[-1].created_at, page[-1].id) if more else None,
    )


@router.post(
    "/deliveries/{delivery_id}/replay",
    status_code=202,
    summary="Deliver again",
    responses=problem_responses(_404="There is no such delivery."),
)
async def replay_delivery(
    delivery_id: Annotated[str, Depends(known_id)], app: AppParts, tenant: Tenant
) -> DeliveryBody:
    """Send an event anew, at once, under the same id; a receiver that was gone is back with it."""
    return DeliveryBody.of(await app.store.webhooks.replay(delivery_id, tenant))


@router.get("/secret", summary="Show the signing secret", responses=problem_responses())
async def read_secret(app: AppParts, tenant: Tenant) -> SecretBody:
    """The secret with which to verify `webhook-signature`."""
    return SecretBody.of(await WebhookSecrets(app.store.database).of(tenant))


@router.post("/secret/rotate", summary="Change the signing secret", responses=problem_responses())
async def rotate_secret(app: AppParts, tenant: Tenant) -> SecretBody:
    """A new secret. For a day messages are signed with both, so that none is missed."""
    return SecretBody.of(await WebhookSecrets(app.store.database).rotate(tenant))


async def _event(
    body: JobEvent,
    webhook_id: Annotated[
        str, Header(description="The same at every attempt: a message known already is a repeat.")
    ],
    webhook_timestamp: Annotated[
        int, Header(description="When this attempt was made, in seconds of Unix time.")
    ],
    webhook_signature: Annotated[
        str, Header(description="By Standard Webhooks, `v1,…`; several during a rotation.")
    ],
) -> None:
    """Answer with any 2xx status within 20 seconds. 410 ends all deliveries to the URL; after any
    other answer, or none, the message is sent again over three days. Redirects are not followed.
    """


for _state in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED):
    documented.add_api_route(
        f"job.{_state}",
        _event,
        methods=["POST"],
        operation_id=f"job_{_state}",
        summary=f"A job has {'been cancelled' if _state == JobState.CANCELLED else _state}",
        status_code=204,
        responses={"default": {"description": "It is sent again later; after 410, never."}},
    )
