"""Intake on Amazon S3."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_plus

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.s3_objects import reading
from keepfit.adapters.aws.s3_transfer import download
from keepfit.errors import NotFound
from keepfit.features.datasets.manifest import Upload
from keepfit.features.datasets.ports import FoundUpload


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

    def _head(self, key: str, version_id: str | None) -> FoundUpload | None:
        version = {"VersionId": version_id} if version_id else {}
        try:
            with reading(self.bucket, key, version_id=version_id):
                head = client("s3").head_object(Bucket=self.bucket, Key=key, **version)
        except NotFound:
            return None
        upload = Upload(bucket=self.bucket, key=key, version_id=version_id or head.get("VersionId", "null"))
        return FoundUpload(upload=upload, bytes=head["ContentLength"], at=head["LastModified"])
