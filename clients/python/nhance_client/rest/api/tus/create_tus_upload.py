from http import HTTPStatus
from typing import Any, cast

import httpx

from ...client import AuthenticatedClient, Client
from ...models.create_tus_upload_tus_resumable import (
    CreateTusUploadTusResumable,
)
from ...models.problem import Problem
from ...types import UNSET, File, Response, Unset


def _get_kwargs(
    *,
    body: File | Unset = UNSET,
    tus_resumable: CreateTusUploadTusResumable,
    upload_length: str,
    upload_metadata: str | Unset = UNSET,
    upload_checksum: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    headers["Tus-Resumable"] = str(tus_resumable)

    headers["Upload-Length"] = upload_length

    if not isinstance(upload_metadata, Unset):
        headers["Upload-Metadata"] = upload_metadata

    if not isinstance(upload_checksum, Unset):
        headers["Upload-Checksum"] = upload_checksum

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/tus",
    }

    if not isinstance(body, Unset):
        _kwargs["content"] = body.payload
    headers["Content-Type"] = "application/offset+octet-stream"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Any | Problem:
    if response.status_code == 201:
        response_201 = cast(Any, None)
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

    if response.status_code == 408:
        response_408 = Problem.from_dict(response.json())

        return response_408

    if response.status_code == 412:
        response_412 = Problem.from_dict(response.json())

        return response_412

    if response.status_code == 413:
        response_413 = Problem.from_dict(response.json())

        return response_413

    if response.status_code == 422:
        response_422 = Problem.from_dict(response.json())

        return response_422

    if response.status_code == 429:
        response_429 = Problem.from_dict(response.json())

        return response_429

    if response.status_code == 460:
        response_460 = Problem.from_dict(response.json())

        return response_460

    if response.status_code == 503:
        response_503 = Problem.from_dict(response.json())

        return response_503

    response_default = Problem.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Any | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: File | Unset = UNSET,
    tus_resumable: CreateTusUploadTusResumable,
    upload_length: str,
    upload_metadata: str | Unset = UNSET,
    upload_checksum: str | Unset = UNSET,
) -> Response[Any | Problem]:
    """Begin an upload by tus

     Announce a file by its length, with its first bytes or none; the others come with PATCH.

    Its id is that of an upload. If anything goes wrong with the bytes, there is none.

    Args:
        tus_resumable (CreateTusUploadTusResumable):
        upload_length (str):
        upload_metadata (str | Unset):
        upload_checksum (str | Unset):
        body (File | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
        tus_resumable=tus_resumable,
        upload_length=upload_length,
        upload_metadata=upload_metadata,
        upload_checksum=upload_checksum,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: File | Unset = UNSET,
    tus_resumable: CreateTusUploadTusResumable,
    upload_length: str,
    upload_metadata: str | Unset = UNSET,
    upload_checksum: str | Unset = UNSET,
) -> Any | Problem | None:
    """Begin an upload by tus

     Announce a file by its length, with its first bytes or none; the others come with PATCH.

    Its id is that of an upload. If anything goes wrong with the bytes, there is none.

    Args:
        tus_resumable (CreateTusUploadTusResumable):
        upload_length (str):
        upload_metadata (str | Unset):
        upload_checksum (str | Unset):
        body (File | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | Problem
    """

    return sync_detailed(
        client=client,
        body=body,
        tus_resumable=tus_resumable,
        upload_length=upload_length,
        upload_metadata=upload_metadata,
        upload_checksum=upload_checksum,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: File | Unset = UNSET,
    tus_resumable: CreateTusUploadTusResumable,
    upload_length: str,
    upload_metadata: str | Unset = UNSET,
    upload_checksum: str | Unset = UNSET,
) -> Response[Any | Problem]:
    """Begin an upload by tus

     Announce a file by its length, with its first bytes or none; the others come with PATCH.

    Its id is that of an upload. If anything goes wrong with the bytes, there is none.

    Args:
        tus_resumable (CreateTusUploadTusResumable):
        upload_length (str):
        upload_metadata (str | Unset):
        upload_checksum (str | Unset):
        body (File | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
        tus_resumable=tus_resumable,
        upload_length=upload_length,
        upload_metadata=upload_metadata,
        upload_checksum=upload_checksum,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: File | Unset = UNSET,
    tus_resumable: CreateTusUploadTusResumable,
    upload_length: str,
    upload_metadata: str | Unset = UNSET,
    upload_checksum: str | Unset = UNSET,
) -> Any | Problem | None:
    """Begin an upload by tus

     Announce a file by its length, with its first bytes or none; the others come with PATCH.

    Its id is that of an upload. If anything goes wrong with the bytes, there is none.

    Args:
        tus_resumable (CreateTusUploadTusResumable):
        upload_length (str):
        upload_metadata (str | Unset):
        upload_checksum (str | Unset):
        body (File | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            tus_resumable=tus_resumable,
            upload_length=upload_length,
            upload_metadata=upload_metadata,
            upload_checksum=upload_checksum,
        )
    ).parsed
