from http import HTTPStatus
from io import BytesIO
from typing import Any, cast
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.report import Report
from ...types import UNSET, File, Response, Unset


def _get_kwargs(
    job_id: str,
    *,
    range_: str | Unset = UNSET,
    if_range: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(range_, Unset):
        headers["Range"] = range_

    if not isinstance(if_range, Unset):
        headers["if-range"] = if_range

    if not isinstance(if_none_match, Unset):
        headers["if-none-match"] = if_none_match

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/jobs/{job_id}/report".format(
            job_id=quote(str(job_id), safe=""),
        ),
    }

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Any | File | Problem | Report:
    if response.status_code == 200:
        response_200 = Report.from_dict(response.json())

        return response_200

    if response.status_code == 206:
        response_206 = File(payload=BytesIO(response.json()))

        return response_206

    if response.status_code == 304:
        response_304 = cast(Any, None)
        return response_304

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

    if response.status_code == 416:
        response_416 = Problem.from_dict(response.json())

        return response_416

    if response.status_code == 429:
        response_429 = Problem.from_dict(response.json())

        return response_429

    response_default = Problem.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Any | File | Problem | Report]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    job_id: str,
    *,
    client: AuthenticatedClient,
    range_: str | Unset = UNSET,
    if_range: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
) -> Response[Any | File | Problem | Report]:
    """Read the report

     What came in, what went out, stream by stream, and what was changed and why.

    With the picture's brightness, contrast, colour and noise over time, before and after.

    Args:
        job_id (str): The job's id.
        range_ (str | Unset): One byte range, as in `bytes=0-1023`.
        if_range (str | Unset): An ETag; the range counts only for this very file.
        if_none_match (str | Unset): ETags of the files that the client has already.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | File | Problem | Report]
    """

    kwargs = _get_kwargs(
        job_id=job_id,
        range_=range_,
        if_range=if_range,
        if_none_match=if_none_match,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    job_id: str,
    *,
    client: AuthenticatedClient,
    range_: str | Unset = UNSET,
    if_range: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
) -> Any | File | Problem | Report | None:
    """Read the report

     What came in, what went out, stream by stream, and what was changed and why.

    With the picture's brightness, contrast, colour and noise over time, before and after.

    Args:
        job_id (str): The job's id.
        range_ (str | Unset): One byte range, as in `bytes=0-1023`.
        if_range (str | Unset): An ETag; the range counts only for this very file.
        if_none_match (str | Unset): ETags of the files that the client has already.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | File | Problem | Report
    """

    return sync_detailed(
        job_id=job_id,
        client=client,
        range_=range_,
        if_range=if_range,
        if_none_match=if_none_match,
    ).parsed


async def asyncio_detailed(
    job_id: str,
    *,
    client: AuthenticatedClient,
    range_: str | Unset = UNSET,
    if_range: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
) -> Response[Any | File | Problem | Report]:
    """Read the report

     What came in, what went out, stream by stream, and what was changed and why.

    With the picture's brightness, contrast, colour and noise over time, before and after.

    Args:
        job_id (str): The job's id.
        range_ (str | Unset): One byte range, as in `bytes=0-1023`.
        if_range (str | Unset): An ETag; the range counts only for this very file.
        if_none_match (str | Unset): ETags of the files that the client has already.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | File | Problem | Report]
    """

    kwargs = _get_kwargs(
        job_id=job_id,
        range_=range_,
        if_range=if_range,
        if_none_match=if_none_match,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    job_id: str,
    *,
    client: AuthenticatedClient,
    range_: str | Unset = UNSET,
    if_range: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
) -> Any | File | Problem | Report | None:
    """Read the report

     What came in, what went out, stream by stream, and what was changed and why.

    With the picture's brightness, contrast, colour and noise over time, before and after.

    Args:
        job_id (str): The job's id.
        range_ (str | Unset): One byte range, as in `bytes=0-1023`.
        if_range (str | Unset): An ETag; the range counts only for this very file.
        if_none_match (str | Unset): ETags of the files that the client has already.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | File | Problem | Report
    """

    return (
        await asyncio_detailed(
            job_id=job_id,
            client=client,
            range_=range_,
            if_range=if_range,
            if_none_match=if_none_match,
        )
    ).parsed
