"""The object store: any S3, through boto3, with errors in nhance's terms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

from nhance_kit.errors import StoreUnavailable
from nhance_kit.object_errors import store_errors
from nhance_kit.object_reading import ObjectReader, RangeStream
from nhance_kit.settings import Settings
from nhance_kit.uploads import StoredPart

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import CORSRuleTypeDef

PART_BYTES = 8 << 20
COPY = TransferConfig(multipart_threshold=64 << 20, multipart_chunksize=64 << 20)
PRESIGNED_S = 900


@dataclass(frozen=True)
class UnfinishedUpload:
    """An upload in parts that was begun, and neither completed nor abandoned."""

    key: str
    upload_id: str
    began_at: datetime


class ObjectStore:
    """One bucket. Objects are written whole or not at all. Thread-safe, blocking."""

    def __init__(self, settings: Settings) -> None:
        self.bucket = settings.s3_bucket
        self._s3 = _client(settings, settings.s3_endpoint)
        public = settings.s3_public_endpoint
        self._presigning = self._s3 if public is None else _client(settings, public)

    def check(self) -> None:
        """Raise StoreUnavailable or NotFound unless the bucket answers."""
        with store_errors(self.bucket):
            self._s3.head_bucket(Bucket=self.bucket)

    def size(self, key: str) -> int:
        """Bytes; raises NotFound."""
        with store_errors(key):
            return self._s3.head_object(Bucket=self.bucket, Key=key)["ContentLength"]

    def put(self, key: str, data: bytes) -> None:
        with store_errors(key):
            self._s3.put_object(Bucket=self.bucket, Key=key, Body=data)

    def put_file(self, key: str, path: Path, content_type: str) -> None:
        """Upload a file in parts; the object appears when the last one is in."""
        transfer = TransferConfig(multipart_chunksize=PART_BYTES, max_concurrency=2)
        with store_errors(key):
            self._s3.upload_file(
                str(path),
                self.bucket,
                key,
                ExtraArgs={"ContentType": content_type},
                Config=transfer,
            )

    def get(self, key: str) -> bytes:
        with store_errors(key):
            return self._s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def get_range(self, key: str, start: int, end: int) -> bytes:
        """Bytes ``start`` to ``end``, the latter not included."""
        with store_errors(key):
            reply = self._s3.get_object(
                Bucket=self.bucket, Key=key, Range=f"bytes={start}-{end - 1}"
            )
            return reply["Body"].read()

    def stream(self, key: str, start: int, end: int) -> RangeStream:
        """Bytes ``start`` to ``end``, the latter not included, read as they come. Close it."""
        return RangeStream(self, key, start, end)

    def open_range(self, key: str, start: int, end: int) -> StreamingBody:
        """One answer of the store, unread."""
        with store_errors(key):
            return self._s3.get_object(
                Bucket=self.bucket, Key=key, Range=f"bytes={start}-{end - 1}"
            )["Body"]

    def open(self, key: str) -> ObjectReader:
        """A seekable reader that fetches ranges and never holds the whole object."""
        return ObjectReader(self, key, self.size(key))

    def delete_prefix(self, prefix: str, kept: str | None = None) -> None:
        """Delete every object under ``prefix`` but ``kept``; abandon unfinished uploads there.

        Raises StoreUnavailable where some are still there.
        """
        with store_errors(prefix):
            for page in self._s3.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=prefix
            ):
                found = [
                    {"Key": entry["Key"]}
                    for entry in page.get("Contents", [])
                    if entry["Key"] != kept
                ]
                if found:
                    reply = self._s3.delete_objects(
                        Bucket=self.bucket,
                        Delete={"Objects": found, "Quiet": True},  # type: ignore[typeddict-item]
                    )
                    if errors := reply.get("Errors"):
                        raise StoreUnavailable(f"The object store kept {prefix}: {errors[0]}")
            uploads = self._s3.list_multipart_uploads(Bucket=self.bucket, Prefix=prefix)
            for upload in uploads.get("Uploads", []):
                self.abort_upload(upload["Key"], upload["UploadId"])

    def copy(self, source: str, target: str) -> None:
        """Copy an object within the store, in parts if it is large; raises NotFound."""
        with store_errors(source):
            self._s3.copy({"Bucket": self.bucket, "Key": source}, self.bucket, target, Config=COPY)

    def delete(self, key: str) -> None:
        with store_errors(key):
            self._s3.delete_object(Bucket=self.bucket, Key=key)

    def keys(self, prefix: str) -> list[str]:
        return list(self.etags(prefix))

    def etags(self, prefix: str) -> dict[str, str]:
        """The keys under ``prefix``, each with a tag that is another once its object is."""
        with store_errors(prefix):
            pages = self._s3.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=prefix
            )
            found = [entry for page in pages for entry in page.get("Contents", [])]
            return {entry["Key"]: entry["ETag"] for entry in found}

    def start_upload(self, key: str) -> str:
        """Begin an upload in parts; returns its id."""
        with store_errors(key):
            return self._s3.create_multipart_upload(Bucket=self.bucket, Key=key)["UploadId"]

    def upload_part(self, key: str, upload_id: str, number: int, data: bytes) -> str:
        """Store part ``number`` (from 1, at least 5 MiB but for the last); returns its ETag."""
        with store_errors(key):
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
            with store_errors(key):
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
        with store_errors(key):
            self._s3.complete_multipart_upload(
                Bucket=self.bucket,
                Key=key,
                UploadId=upload_id,
                MultipartUpload={
                    "Parts": [{"PartNumber": number, "ETag": etag} for number, etag in parts]
                },
            )

    def abort_upload(self, key: str, upload_id: str) -> None:
        with store_errors(key):
            self._s3.abort_multipart_upload(Bucket=self.bucket, Key=key, UploadId=upload_id)

    def unfinished_uploads(self) -> list[UnfinishedUpload]:
        """All uploads in parts that are under way in the bucket, or were left behind."""
        with store_errors(self.bucket):
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
        with store_errors(self.bucket):
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
