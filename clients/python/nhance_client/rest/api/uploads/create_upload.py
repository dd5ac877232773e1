from http import HTTPStatus
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.new_upload import NewUpload
from ...models.problem import Problem
from ...models.upload_body import UploadBody
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: NewUpload,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/uploads",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | UploadBody:
    if response.status_code == 201:
        response_201 = UploadBody.from_dict(response.json())

        return response_201

    if response.status_code == 400:
        response_400 = Problem.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Problem.from_dict(response.json())

        return response_403

    if response.status_code == 409:
        response_409 = Problem.from_dict(response.json())

        return response_409

    if response.status_code == 413:
        response_413 = Problem.from_dict(response.json())

        return response_413

    if response.status_code == 422:
        response_422 = Problem.from_dict(response.json())

        return response_422

    if response.status_code == 429:
        response_429 = Problem.from_dict(response.json())

        return response_429

    response_default = Problem.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Problem | UploadBody]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: NewUpload,
    idempotency_key: str | Unset = UNSET,
) -> Response[Problem | UploadBody]:
    """Begin an upload in parts

     Announce a file. Its parts can then be sent in any order, again, and after a break.

    Args:
        idempotency_key (str | Unset): A string of your own in double quotes, such as a UUID: sent
            again within 24 hours, the request has no second effect and gets its first answer.
        body (NewUpload): A file that is to come.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | UploadBody]
    """

    kwargs = _get_kwargs(
        body=body,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: NewUpload,
    idempotency_key: str | Unset = UNSET,
) -> Problem | UploadBody | None:
    """Begin an upload in parts

     Announce a file. Its parts can then be sent in any order, again, and after a break.

    Args:
        idempotency_key (str | Unset): A string of your own in double quotes, such as a UUID: sent
            again within 24 hours, the request has no second effect and gets its first answer.
        body (NewUpload): A file that is to come.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | UploadBody
    """

    return sync_detailed(
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: NewUpload,
    idempotency_key: str | Unset = UNSET,
) -> Response[Problem | UploadBody]:
    """Begin an upload in parts

     Announce a file. Its parts can then be sent in any order, again, and after a break.

    Args:
        idempotency_key (str | Unset): A string of your own in double quotes, such as a UUID: sent
            again within 24 hours, the request has no second effect and gets its first answer.
        body (NewUpload): A file that is to come.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | UploadBody]
    """

    kwargs = _get_kwargs(
        body=body,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: NewUpload,
    idempotency_key: str | Unset = UNSET,
) -> Problem | UploadBody | None:
    """Begin an upload in parts

     Announce a file. Its parts can then be sent in any order, again, and after a break.

    Args:
        idempotency_key (str | Unset): A string of your own in double quotes, such as a UUID: sent
            again within 24 hours, the request has no second effect and gets its first answer.
        body (NewUpload): A file that is to come.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | UploadBody
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed
