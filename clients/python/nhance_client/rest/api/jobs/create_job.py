from http import HTTPStatus
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.job_body import JobBody
from ...models.job_form import JobForm
from ...models.problem import Problem
from ...models.uploaded_job_request import UploadedJobRequest
from ...models.validity import Validity
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: UploadedJobRequest | JobForm | Unset = UNSET,
    validate_only: bool | Unset = False,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    params: dict[str, Any] = {}

    params["validate_only"] = validate_only

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/jobs",
        "params": params,
    }

    if isinstance(body, UploadedJobRequest):
        _kwargs["json"] = body.to_dict()

        headers["Content-Type"] = "application/json"
    if isinstance(body, JobForm):
        _kwargs["files"] = body.to_multipart()

        headers["Content-Type"] = "multipart/form-data; boundary=+++"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> JobBody | Problem | Validity:
    if response.status_code == 200:
        response_200 = Validity.from_dict(response.json())

        return response_200

    if response.status_code == 202:
        response_202 = JobBody.from_dict(response.json())

        return response_202

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

    if response.status_code == 408:
        response_408 = Problem.from_dict(response.json())

        return response_408

    if response.status_code == 409:
        response_409 = Problem.from_dict(response.json())

        return response_409

    if response.status_code == 410:
        response_410 = Problem.from_dict(response.json())

        return response_410

    if response.status_code == 413:
        response_413 = Problem.from_dict(response.json())

        return response_413

    if response.status_code == 415:
        response_415 = Problem.from_dict(response.json())

        return response_415

    if response.status_code == 422:
        response_422 = Problem.from_dict(response.json())

        return response_422

    if response.status_code == 429:
        response_429 = Problem.from_dict(response.json())

        return response_429

    if response.status_code == 503:
        response_503 = Problem.from_dict(response.json())

        return response_503

    response_default = Problem.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[JobBody | Problem | Validity]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: UploadedJobRequest | JobForm | Unset = UNSET,
    validate_only: bool | Unset = False,
    idempotency_key: str | Unset = UNSET,
) -> Response[JobBody | Problem | Validity]:
    """Enhance a video

     Send a video, or name a complete upload, and have it enhanced.

    The answer waits a moment for the video to be looked at: what is no video, or none that can be
    enhanced, is refused with a problem and leaves no job. Fields may come before or after the
    file; what is wrong with those before it is told before the file is read.

    Args:
        validate_only (bool | Unset): Say whether all is well, and make no job. Default: False.
        idempotency_key (str | Unset): A string of your own in double quotes, such as a UUID: sent
            again within 24 hours, the request has no second effect and gets its first answer.
        body (UploadedJobRequest): A job of a video that was uploaded before.
        body (JobForm): A video, and how to enhance it.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[JobBody | Problem | Validity]
    """

    kwargs = _get_kwargs(
        body=body,
        validate_only=validate_only,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: UploadedJobRequest | JobForm | Unset = UNSET,
    validate_only: bool | Unset = False,
    idempotency_key: str | Unset = UNSET,
) -> JobBody | Problem | Validity | None:
    """Enhance a video

     Send a video, or name a complete upload, and have it enhanced.

    The answer waits a moment for the video to be looked at: what is no video, or none that can be
    enhanced, is refused with a problem and leaves no job. Fields may come before or after the
    file; what is wrong with those before it is told before the file is read.

    Args:
        validate_only (bool | Unset): Say whether all is well, and make no job. Default: False.
        idempotency_key (str | Unset): A string of your own in double quotes, such as a UUID: sent
            again within 24 hours, the request has no second effect and gets its first answer.
        body (UploadedJobRequest): A job of a video that was uploaded before.
        body (JobForm): A video, and how to enhance it.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        JobBody | Problem | Validity
    """

    return sync_detailed(
        client=client,
        body=body,
        validate_only=validate_only,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: UploadedJobRequest | JobForm | Unset = UNSET,
    validate_only: bool | Unset = False,
    idempotency_key: str | Unset = UNSET,
) -> Response[JobBody | Problem | Validity]:
    """Enhance a video

     Send a video, or name a complete upload, and have it enhanced.

    The answer waits a moment for the video to be looked at: what is no video, or none that can be
    enhanced, is refused with a problem and leaves no job. Fields may come before or after the
    file; what is wrong with those before it is told before the file is read.

    Args:
        validate_only (bool | Unset): Say whether all is well, and make no job. Default: False.
        idempotency_key (str | Unset): A string of your own in double quotes, such as a UUID: sent
            again within 24 hours, the request has no second effect and gets its first answer.
        body (UploadedJobRequest): A job of a video that was uploaded before.
        body (JobForm): A video, and how to enhance it.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[JobBody | Problem | Validity]
    """

    kwargs = _get_kwargs(
        body=body,
        validate_only=validate_only,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: UploadedJobRequest | JobForm | Unset = UNSET,
    validate_only: bool | Unset = False,
    idempotency_key: str | Unset = UNSET,
) -> JobBody | Problem | Validity | None:
    """Enhance a video

     Send a video, or name a complete upload, and have it enhanced.

    The answer waits a moment for the video to be looked at: what is no video, or none that can be
    enhanced, is refused with a problem and leaves no job. Fields may come before or after the
    file; what is wrong with those before it is told before the file is read.

    Args:
        validate_only (bool | Unset): Say whether all is well, and make no job. Default: False.
        idempotency_key (str | Unset): A string of your own in double quotes, such as a UUID: sent
            again within 24 hours, the request has no second effect and gets its first answer.
        body (UploadedJobRequest): A job of a video that was uploaded before.
        body (JobForm): A video, and how to enhance it.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        JobBody | Problem | Validity
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            validate_only=validate_only,
            idempotency_key=idempotency_key,
        )
    ).parsed
