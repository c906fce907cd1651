"""Files of batches on Amazon S3."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import HTTPClientError

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.s3_objects import reading
from keepfit.adapters.aws.s3_transfer import download
from keepfit.errors import ServiceUnavailable
from keepfit.serving.batch.part import Span
from keepfit.serving.batch.ports import FoundFile

_CHUNK = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class S3BatchFiles:
    """See ``serving.batch.ports.BatchFiles``."""

    bucket: str

    def find(self, key: str, version_id: str) -> FoundFile:
        with reading(self.bucket, key, version_id=version_id):
            head = client("s3").head_object(Bucket=self.bucket, Key=key, VersionId=version_id)
        return FoundFile(head["ContentLength"], head["Metadata"])

    def download(self, key: str, version_id: str, path: Path) -> None:
        download(self.bucket, key, version_id, path)

    def fetch(self, key: str, version_id: str, spans: Sequence[Span], path: Path, *, size: int) -> None:
        with path.open("wb") as file:
            file.truncate(size)
            for span in spans:
                file.seek(span.start)
                asked = f"bytes={span.start}-{span.end - 1}"
                try:
                    with reading(self.bucket, key, version_id=version_id):
                        found = client("s3").get_object(
                            Bucket=self.bucket, Key=key, VersionId=version_id, Range=asked
                        )
                        shutil.copyfileobj(found["Body"], file, _CHUNK)
                except (HTTPClientError, OSError) as error:
                    raise ServiceUnavailable(f"s3://{self.bucket}/{key}: {error}") from error
