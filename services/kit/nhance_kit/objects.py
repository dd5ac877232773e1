"""The object store: any S3, through boto3, with errors in nhance's terms."""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from nhance_kit.errors import NotFound, StoreUnavailable
from nhance_kit.settings import Settings
from nhance_kit.uploads import StoredPart

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import CORSRuleTypeDef

BLOCK_BYTES = 2 << 20
BLOCKS_KEPT = 6
PART_BYTES = 8 << 20
COPY = TransferConfig(multipart_threshold=64 << 20, multipart_chunksize=64 << 20)
PRESIGNED_S = 900
MISSING = {"404", "NoSuchKey", "NotFound", "NoSuchUpload"}


@dataclass(frozen=True)
class UnfinishedUpload:
    """An upload in parts that was begun, and neither completed nor abandoned."""

    key: str
    upload_id: str
    began_at: datetime


@contextmanager
def _errors(key: str) -> Iterator[None]:
    """Turn botocore's exceptions into NotFound or StoreUnavailable."""
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in MISSING:
            raise NotFound(f"There is no object {key}.") from error
        raise StoreUnavailable(f"The object store refused {key}: {error}") from error
    except BotoCoreError as error:
        raise StoreUnavailable(f"The object store did not answer for {key}: {error}") from error


class ObjectStore:
    """One bucket. Objects are written whole or not at all. Thread-safe, blocking."""

    def __init__(self, settings: Settings) -> None:
        self.bucket = settings.s3_bucket
        self._s3 = _client(settings, settings.s3_endpoint)
        public = settings.s3_public_endpoint
        self._presigning = self._s3 if public is None else _client(settings, public)

    def check(self) -> None:
        """Raise StoreUnavailable or NotFound unless the bucket answers."""
        with _errors(self.bucket):
            self._s3.head_bucket(Bucket=self.bucket)

    def size(self, key: str) -> int:
        """Bytes; raises NotFound."""
        with _errors(key):
            return self._s3.head_object(Bucket=self.bucket, Key=key)["ContentLength"]

    def put(self, key: str, data: bytes) -> None:
        with _errors(key):
            self._s3.put_object(Bucket=self.bucket, Key=key, Body=data)

    def put_file(self, key: str, path: Path, content_type: str) -> None:
        """Upload a file in parts; the object appears when the last one is in."""
        transfer = TransferConfig(multipart_chunksize=PART_BYTES, max_concurrency=2)
        with _errors(key):
            self._s3.upload_file(
                str(path),
                self.bucket,
                key,
                ExtraArgs={"ContentType": content_type},
                Config=transfer,
            )

    def get(self, key: str) -> bytes:
        with _errors(key):
            return self._s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def get_range(self, key: str, start: int, end: int) -> bytes:
        """Bytes ``start`` to ``end``, the latter not included."""
        with _errors(key):
            reply = self._s3.get_object(
                Bucket=self.bucket, Key=key, Range=f"bytes={start}-{end - 1}"
            )
            return reply["Body"].read()

    def stream(self, key: str, start: int, end: int) -> RangeStream:
        """Bytes ``start`` to ``end``, the latter not included, read as they come. Close it."""
        return RangeStream(self, key, start, end)

    def open_range(self, key: str, start: int, end: int) -> StreamingBody:
        """One answer of the store, unread."""
        with _errors(key):
            return self._s3.get_object(
                Bucket=self.bucket, Key=key, Range=f"bytes={start}-{end - 1}"
            )["Body"]

    def open(self, key: str) -> ObjectReader:
        """A seekable reader that fetches ranges and never holds the whole object."""
        return ObjectReader(self, key, self.size(key))

    def delete_prefix(self, prefix: str, kept: str | None = None) -> None:
        """Delete every object under ``prefix`` but ``kept``; abandon unfinished uploads there."""
        with _errors(prefix):
            for page in self._s3.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=prefix
            ):
                found = [
                    {"Key": entry["Key"]}
                    for entry in page.get("Contents", [])
                    if entry["Key"] != kept
                ]
                if found:
                    self._s3.delete_objects(
                        Bucket=self.bucket,
                        Delete={"Objects": found, "Quiet": True},  # type: ignore[typeddict-item]
                    )
            uploads = self._s3.list_multipart_uploads(Bucket=self.bucket, Prefix=prefix)
            for upload in uploads.get("Uploads", []):
                self.abort_upload(upload["Key"], upload["UploadId"])

    def copy(self, source: str, target: str) -> None:
        """Copy an object within the store, in parts if it is large; raises NotFound."""
        with _errors(source):
            self._s3.copy({"Bucket": self.bucket, "Key": source}, self.bucket, target, Config=COPY)

    def delete(self, key: str) -> None:
        with _errors(key):
            self._s3.delete_object(Bucket=self.bucket, Key=key)

    def keys(self, prefix: str) -> list[str]:
        with _errors(prefix):
            pages = self._s3.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=prefix
            )
            return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def start_upload(self, key: str) -> str:
        """Begin an upload in parts; returns its id."""
        with _errors(key):
            return self._s3.create_multipart_upload(Bucket=self.bucket, Key=key)["UploadId"]

    def upload_part(self, key: str, upload_id: str, number: int, data: bytes) -> str:
        """Store part ``number`` (from 1, at least 5 MiB but for the last); returns its ETag."""
        with _errors(key):
            return self._s3.upload_part(
                Bucket=self.bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=data
            )["ETag"]

    def part_url(self, key: str, upload_id: str, number: int, size: int) -> str:
        """Where PRESIGNED_S long anybody may PUT part ``number``, of exactly ``size`` bytes."""
        return self._presigning.generate_presigned_url(
            "upload_part",
            Params={
                "Bucket": self.bucket,
                "Key": key,
                "UploadId": upload_id,
                "PartNumber": number,
                "ContentLength": size,
            },
            ExpiresIn=PRESIGNED_S,
        )

    def parts(self, key: str, upload_id: str) -> list[StoredPart]:
        """The parts that are stored, by number; raises NotFound once the upload has ended.

        SeaweedFS lists a part that was sent twice twice, and takes the newest of those that it is
        asked to complete the upload with: ask it with the list as it is.
        """
        found: dict[tuple[int, str], StoredPart] = {}
        after = 0
        while True:
            with _errors(key):
                reply = self._s3.list_parts(
                    Bucket=self.bucket, Key=key, UploadId=upload_id, PartNumberMarker=after
                )
            page = reply.get("Parts", [])
            for part in page:
                number, etag = part["PartNumber"], part["ETag"]
                found[number, etag] = StoredPart(number, part["Size"], etag)
            if not page or not reply["IsTruncated"]:
                return [found[at] for at in sorted(found)]
            # The page may end between two of the same number, and the next would leave it out.
            after = max(after + 1, page[-1]["PartNumber"] - 1)

    def complete_upload(self, key: str, upload_id: str, parts: Iterable[tuple[int, str]]) -> None:
        """Make an object of parts, each given by its number and ETag."""
        with _errors(key):
            self._s3.complete_multipart_upload(
                Bucket=self.bucket,
                Key=key,
                UploadId=upload_id,
                MultipartUpload={
                    "Parts": [{"PartNumber": number, "ETag": etag} for number, etag in parts]
                },
            )

    def abort_upload(self, key: str, upload_id: str) -> None:
        with _errors(key):
            self._s3.abort_multipart_upload(Bucket=self.bucket, Key=key, UploadId=upload_id)

    def unfinished_uploads(self) -> list[UnfinishedUpload]:
        """All uploads in parts that are under way in the bucket, or were left behind."""
        with _errors(self.bucket):
            pages = self._s3.get_paginator("list_multipart_uploads").paginate(Bucket=self.bucket)
            return [
                UnfinishedUpload(entry["Key"], entry["UploadId"], entry["Initiated"])
                for page in pages
                for entry in page.get("Uploads", [])
            ]

    def allow_puts_from(self, origins: Sequence[str]) -> None:
        """Let web pages of these origins, and no others, PUT to presigned URLs."""
        rule: CORSRuleTypeDef = {
            "AllowedOrigins": list(origins),
            "AllowedMethods": ["PUT"],
            "AllowedHeaders": ["*"],
        }
        with _errors(self.bucket):
            self._s3.put_bucket_cors(Bucket=self.bucket, CORSConfiguration={"CORSRules": [rule]})


def _client(settings: Settings, endpoint: str | None) -> S3Client:
    secret = settings.s3_secret_access_key
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=settings.s3_region,
        aws_access_key_id=settings.s3_access_key_id,
        aws_secret_access_key=secret.get_secret_value() if secret else None,
        config=Config(
            connect_timeout=3,
            read_timeout=30,
            retries={"mode": "standard", "total_max_attempts": 5},
            max_pool_connections=32,
            # What botocore presigns with by default leaves the length unsigned.
            signature_version="s3v4",
            s3={"addressing_style": "path" if endpoint else "auto"},
        ),
    )


class RangeStream:
    """A stretch of an object, read in order. A connection that broke is made anew, once a read.

    A reader that pauses for long finds its connection closed by the store, and goes on unharmed.
    """

    def __init__(self, store: ObjectStore, key: str, start: int, end: int) -> None:
        self._store = store
        self._key = key
        self._position = start
        self._end = end
        self._body = store.open_range(key, start, end)

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes, none at the end. Raises NotFound and StoreUnavailable."""
        try:
            data = self._read(size)
        except StoreUnavailable:
            self._body.close()
            self._body = self._store.open_range(self._key, self._position, self._end)
            data = self._read(size)
        self._position += len(data)
        return data

    def close(self) -> None:
        self._body.close()

    def _read(self, size: int) -> bytes:
        wanted = min(size, self._end - self._position)
        if not wanted:
            return b""
        with _errors(self._key):
            data = self._body.read(wanted)
        if not data:
            raise StoreUnavailable(f"The object store cut {self._key} short.")
        return data


class ObjectReader(io.RawIOBase):
    """An S3 object as a read-only file: a few blocks of it in memory, the oldest dropped first."""

    def __init__(self, store: ObjectStore, key: str, size: int) -> None:
        self._store = store
        self._key = key
        self._size = size
        self._position = 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("cannot seek to before the start")
        self._position = base + offset
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        wanted = self._size - self._position if size is None or size < 0 else size
        chunks = []
        while wanted > 0 and self._position < self._size:
            number, start = divmod(self._position, BLOCK_BYTES)
            chunk = self._block(number)[start : start + wanted]
            chunks.append(chunk)
            self._position += len(chunk)
            wanted -= len(chunk)
        return b"".join(chunks)

    def _block(self, number: int) -> bytes:
        if number in self._blocks:
            self._blocks.move_to_end(number)
        else:
            start = number * BLOCK_BYTES
            end = min(start + BLOCK_BYTES, self._size)
            data = self._store.get_range(self._key, start, end)
            if len(data) != end - start:
                raise StoreUnavailable(f"The object store cut {self._key} short.")
            self._blocks[number] = data
            if len(self._blocks) > BLOCKS_KEPT:
                self._blocks.popitem(last=False)
        return self._blocks[number]
