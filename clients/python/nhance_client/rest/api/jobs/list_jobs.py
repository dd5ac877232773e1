import datetime
from http import HTTPStatus
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.job_list import JobList
from ...models.job_state import JobState
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    limit: int | Unset = 20,
    cursor: str | Unset = UNSET,
    state: list[JobState] | Unset = UNSET,
    label: list[str] | Unset = UNSET,
    created_after: datetime.datetime | Unset = UNSET,
    created_before: datetime.datetime | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["limit"] = limit

    params["cursor"] = cursor

    json_state: list[str] | Unset = UNSET
    if not isinstance(state, Unset):
        json_state = []
        for state_item_data in state:
            state_item: str = state_item_data
            json_state.append(state_item)

    params["state"] = json_state

    json_label: list[str] | Unset = UNSET
    if not isinstance(label, Unset):
        json_label = label

    params["label"] = json_label

    json_created_after: str | Unset = UNSET
    if not isinstance(created_after, Unset):
        json_created_after = created_after.isoformat()
    params["created_after"] = json_created_after

    json_created_before: str | Unset = UNSET
    if not isinstance(created_before, Unset):
        json_created_before = created_before.isoformat()
    params["created_before"] = json_created_before

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/jobs",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> JobList | Problem:
    if response.status_code == 200:
        response_200 = JobList.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = Problem.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Problem.from_dict(response.json())

        return response_403

    if response.status_code == 429:
        response_429 = Problem.from_dict(response.json())

        return response_429

    response_default = Problem.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[JobList | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    limit: int | Unset = 20,
    cursor: str | Unset = UNSET,
    state: list[JobState] | Unset = UNSET,
    label: list[str] | Unset = UNSET,
    created_after: datetime.datetime | Unset = UNSET,
    created_before: datetime.datetime | Unset = UNSET,
) -> Response[JobList | Problem]:
    """List jobs

     The jobs there are, the newest first; with filters, those that all of them let through.

    Args:
        limit (int | Unset): At most so many. Default: 20.
        cursor (str | Unset): `next_cursor` of the page before.
        state (list[JobState] | Unset): Only these states.
        label (list[str] | Unset): `name:value`; only jobs that have all of these labels.
        created_after (datetime.datetime | Unset): Only jobs made later; RFC 3339, UTC if not
            said.
        created_before (datetime.datetime | Unset): Only jobs made earlier; RFC 3339, UTC if not
            said.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[JobList | Problem]
    """

    kwargs = _get_kwargs(
        limit=limit,
        cursor=cursor,
        state=state,
        label=label,
        created_after=created_after,
        created_before=created_before,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    limit: int | Unset = 20,
    cursor: str | Unset = UNSET,
    state: list[JobState] | Unset = UNSET,
    label: list[str] | Unset = UNSET,
    created_after: datetime.datetime | Unset = UNSET,
    created_before: datetime.datetime | Unset = UNSET,
) -> JobList | Problem | None:
    """List jobs

     The jobs there are, the newest first; with filters, those that all of them let through.

    Args:
        limit (int | Unset): At most so many. Default: 20.
        cursor (str | Unset): `next_cursor` of the page before.
        state (list[JobState] | Unset): Only these states.
        label (list[str] | Unset): `name:value`; only jobs that have all of these labels.
        created_after (datetime.datetime | Unset): Only jobs made later; RFC 3339, UTC if not
            said.
        created_before (datetime.datetime | Unset): Only jobs made earlier; RFC 3339, UTC if not
            said.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        JobList | Problem
    """

    return sync_detailed(
        client=client,
        limit=limit,
        cursor=cursor,
        state=state,
        label=label,
        created_after=created_after,
        created_before=created_before,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    limit: int | Unset = 20,
    cursor: str | Unset = UNSET,
    state: list[JobState] | Unset = UNSET,
    label: list[str] | Unset = UNSET,
    created_after: datetime.datetime | Unset = UNSET,
    created_before: datetime.datetime | Unset = UNSET,
) -> Response[JobList | Problem]:
    """List jobs

     The jobs there are, the newest first; with filters, those that all of them let through.

    Args:
        limit (int | Unset): At most so many. Default: 20.
        cursor (str | Unset): `next_cursor` of the page before.
        state (list[JobState] | Unset): Only these states.
        label (list[str] | Unset): `name:value`; only jobs that have all of these labels.
        created_after (datetime.datetime | Unset): Only jobs made later; RFC 3339, UTC if not
            said.
        created_before (datetime.datetime | Unset): Only jobs made earlier; RFC 3339, UTC if not
            said.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[JobList | Problem]
    """

    kwargs = _get_kwargs(
        limit=limit,
        cursor=cursor,
        state=state,
        label=label,
        created_after=created_after,
        created_before=created_before,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    limit: int | Unset = 20,
    cursor: str | Unset = UNSET,
    state: list[JobState] | Unset = UNSET,
    label: list[str] | Unset = UNSET,
    created_after: datetime.datetime | Unset = UNSET,
    created_before: datetime.datetime | Unset = UNSET,
) -> JobList | Problem | None:
    """List jobs

     The jobs there are, the newest first; with filters, those that all of them let through.

    Args:
        limit (int | Unset): At most so many. Default: 20.
        cursor (str | Unset): `next_cursor` of the page before.
        state (list[JobState] | Unset): Only these states.
        label (list[str] | Unset): `name:value`; only jobs that have all of these labels.
        created_after (datetime.datetime | Unset): Only jobs made later; RFC 3339, UTC if not
            said.
        created_before (datetime.datetime | Unset): Only jobs made earlier; RFC 3339, UTC if not
            said.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        JobList | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            limit=limit,
            cursor=cursor,
            state=state,
            label=label,
            created_after=created_after,
            created_before=created_before,
        )
    ).parsed
