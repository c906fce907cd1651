"""All versions of the objects of a bucket, on Amazon S3, and the records of what was forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from keepfit.adapters.aws.clients import client, translated
from keepfit.adapters.aws.s3_transfer import download
from keepfit.features.forgetting.ports import ObjectVersion
from keepfit.features.forgetting.record import Forgotten
from keepfit.layout import DatasetScope


@dataclass(frozen=True, slots=True, kw_only=True)
class S3ObjectVersions:
    """See ``features.forgetting.ports.ObjectVersions``."""

    bucket: str

    def list(self, prefix: str, after: str = "") -> Iterator[ObjectVersion]:
        marker = {"KeyMarker": after} if after else {}
        with translated(f"the versions of s3://{self.bucket}/{prefix}"):
            pages = client("s3").get_paginator("list_object_versions")
            for page in pages.paginate(Bucket=self.bucket, Prefix=prefix, **marker):
                for found in page.get("Versions", ()):
                    # A marker may name versions of its own key, which were looked at.
                    if found["Key"] > after:
                        yield ObjectVersion(found["Key"], found["VersionId"], found["LastModified"])

    def folders(self, prefix: str) -> Sequence[str]:
        with translated(f"s3://{self.bucket}/{prefix}"):
            pages = client("s3").get_paginator("list_object_versions")
            return [
                found["Prefix"].removeprefix(prefix).rstrip("/")
                for page in pages.paginate(Bucket=self.bucket, Prefix=prefix, Delimiter="/")
                for found in page.get("CommonPrefixes", ())
            ]

    def fetch(self, key: str, version_id: str, path: Path) -> None:
        download(self.bucket, key, version_id, path)

    def put(self, key: str, path: Path) -> None:
        with translated(f"s3://{self.bucket}/{key}"), path.open("rb") as body:
            client("s3").put_object(Bucket=self.bucket, Key=key, Body=body)

    def remove(self, key: str, version_id: str) -> None:
        with translated(f"s3://{self.bucket}/{key} at version {version_id}"):
            client("s3").delete_object(Bucket=self.bucket, Key=key, VersionId=version_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Forgotten:
    """See ``features.forgetting.ports.ForgottenRecords``; JSON files in the lake."""

    bucket: str

    def put(self, record: Forgotten) -> None:
        key = f"{DatasetScope(record.dataset).forgotten}{record.id}.json"
        with translated(f"s3://{self.bucket}/{key}"):
            client("s3").put_object(Bucket=self.bucket, Key=key, Body=msgspec.json.encode(record))

    def all(self, dataset: str) -> list[Forgotten]:
        prefix = DatasetScope(dataset).forgotten
        with translated(f"s3://{self.bucket}/{prefix}"):
            pages = client("s3").get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
            keys = [found["Key"] for page in pages for found in page.get("Contents", ())]
            bodies = [
                client("s3").get_object(Bucket=self.bucket, Key=key)["Body"].read()
                for key in sorted(keys, reverse=True)
            ]
        return [msgspec.json.decode(body, type=Forgotten) for body in bodies]
