"""Intake on Amazon S3."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_plus

from botocore.exceptions import HTTPClientError

from keepfit.adapters.aws.clients import client, translated
from keepfit.adapters.aws.s3_objects import reading
from keepfit.adapters.aws.s3_transfer import download
from keepfit.errors import NotFound, ServiceUnavailable
from keepfit.features.datasets.manifest import Upload
from keepfit.features.datasets.ports import FoundUpload

# Small objects take longer to be asked for than to come; the pool of connections has as many.
_AT_ONCE = 10
_CHUNK = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Intake:
    """See ``features.ports.Intake``."""

    bucket: str

    def find(self, key: str, version_id: str | None) -> FoundUpload:
        for spelling in dict.fromkeys([key, unquote_plus(key)]):
            head = self._head(spelling, version_id)
            if head is not None:
                return head
        version = f" at version {version_id}" if version_id else ""
        raise NotFound(f"s3://{self.bucket}/{key}{version} is not there")

    def download(self, upload: Upload, path: Path) -> None:
        download(upload.bucket, upload.key, upload.version_id, path)

    def listed(self, folder: str) -> Iterator[tuple[str, int]]:
        with translated(f"s3://{self.bucket}/{folder}"):
            pages = client("s3").get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=folder)
            for page in pages:
                yield from ((item["Key"], item["Size"]) for item in page.get("Contents", ()))

    def fetch(self, paths: Mapping[str, Path]) -> set[str]:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            there = pool.map(self._fetch, paths, paths.values())
            return {key for key, found in zip(paths, there, strict=True) if found}

    def _fetch(self, key: str, path: Path) -> bool:
        try:
            with reading(self.bucket, key):
                answer = client("s3").get_object(Bucket=self.bucket, Key=key)
                with path.open("wb") as file:
                    shutil.copyfileobj(answer["Body"], file, _CHUNK)
        except NotFound:
            return False
        except (HTTPClientError, OSError) as error:
            raise ServiceUnavailable(f"s3://{self.bucket}/{key}: {error}") from error
        return True

    def _head(self, key: str, version_id: str | None) -> FoundUpload | None:
        version = {"VersionId": version_id} if version_id else {}
        try:
            with reading(self.bucket, key, version_id=version_id):
                head = client("s3").head_object(Bucket=self.bucket, Key=key, **version)
        except NotFound:
            return None
        upload = Upload(bucket=self.bucket, key=key, version_id=version_id or head.get("VersionId", "null"))
        return FoundUpload(upload=upload, bytes=head["ContentLength"], at=head["LastModified"])
