from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.part_url_list import PartUrlList
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    upload_id: str,
    *,
    first: int | Unset = 1,
    count: int | Unset = 100,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["first"] = first

    params["count"] = count

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/uploads/{upload_id}/parts".format(
            upload_id=quote(str(upload_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> PartUrlList | Problem:
    if response.status_code == 200:
        response_200 = PartUrlList.from_dict(response.json())

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

    if response.status_code == 404:
        response_404 = Problem.from_dict(response.json())

        return response_404

    if response.status_code == 409:
        response_409 = Problem.from_dict(response.json())

        return response_409

    if response.status_code == 410:
        response_410 = Problem.from_dict(response.json())

        return response_410

    if response.status_code == 429:
        response_429 = Problem.from_dict(response.json())

        return response_429

    response_default = Problem.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[PartUrlList | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    upload_id: str,
    *,
    client: AuthenticatedClient,
    first: int | Unset = 1,
    count: int | Unset = 100,
) -> Response[PartUrlList | Problem]:
    """Get the URLs of parts

     Where to PUT parts, each for 15 minutes; they go straight into the object store.

    Args:
        upload_id (str): The upload's id.
        first (int | Unset): Number of the first part. Default: 1.
        count (int | Unset): At most so many. Default: 100.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PartUrlList | Problem]
    """

    kwargs = _get_kwargs(
        upload_id=upload_id,
        first=first,
        count=count,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    upload_id: str,
    *,
    client: AuthenticatedClient,
    first: int | Unset = 1,
    count: int | Unset = 100,
) -> PartUrlList | Problem | None:
    """Get the URLs of parts

     Where to PUT parts, each for 15 minutes; they go straight into the object store.

    Args:
        upload_id (str): The upload's id.
        first (int | Unset): Number of the first part. Default: 1.
        count (int | Unset): At most so many. Default: 100.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PartUrlList | Problem
    """

    return sync_detailed(
        upload_id=upload_id,
        client=client,
        first=first,
        count=count,
    ).parsed


async def asyncio_detailed(
    upload_id: str,
    *,
    client: AuthenticatedClient,
    first: int | Unset = 1,
    count: int | Unset = 100,
) -> Response[PartUrlList | Problem]:
    """Get the URLs of parts

     Where to PUT parts, each for 15 minutes; they go straight into the object store.

    Args:
        upload_id (str): The upload's id.
        first (int | Unset): Number of the first part. Default: 1.
        count (int | Unset): At most so many. Default: 100.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PartUrlList | Problem]
    """

    kwargs = _get_kwargs(
        upload_id=upload_id,
        first=first,
        count=count,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    upload_id: str,
    *,
    client: AuthenticatedClient,
    first: int | Unset = 1,
    count: int | Unset = 100,
) -> PartUrlList | Problem | None:
    """Get the URLs of parts

     Where to PUT parts, each for 15 minutes; they go straight into the object store.

    Args:
        upload_id (str): The upload's id.
        first (int | Unset): Number of the first part. Default: 1.
        count (int | Unset): At most so many. Default: 100.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PartUrlList | Problem
    """

    return (
        await asyncio_detailed(
            upload_id=upload_id,
            client=client,
            first=first,
            count=count,
        )
    ).parsed
