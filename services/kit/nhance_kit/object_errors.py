"""What S3 answers with, in nhance's terms."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import BotoCoreError, ClientError

from nhance_kit.errors import NotFound, StoreUnavailable

MISSING = {"404", "NoSuchKey", "NotFound", "NoSuchUpload"}


@contextmanager
def store_errors(key: str) -> Iterator[None]:
    """Turn boto3's exceptions into NotFound or StoreUnavailable."""
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in MISSING:
            raise NotFound(f"There is no object {key}.") from error
        raise StoreUnavailable(f"The object store refused {key}: {error}") from error
    except (BotoCoreError, S3UploadFailedError) as error:
        raise StoreUnavailable(f"The object store did not answer for {key}: {error}") from error
