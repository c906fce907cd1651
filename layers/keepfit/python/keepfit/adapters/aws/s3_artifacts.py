"""ArtifactStore on S3."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boto3.exceptions import Boto3Error

from keepfit.adapters.aws.clients import client, translated
from keepfit.adapters.aws.s3_objects import reading
from keepfit.errors import Conflict, NotFound, ServiceUnavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Artifacts:
    """The artifacts bucket; see ``registry.ports.ArtifactStore``."""

    bucket: str

    def get(self, key: str) -> bytes:
        with reading(self.bucket, key):
            body: bytes = _s3().get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return body

    def lines(self, key: str) -> Iterator[bytes]:
        with (
            reading(self.bucket, key),
            closing(_s3().get_object(Bucket=self.bucket, Key=key)["Body"]) as body,
        ):
            yield from body.iter_lines()

    def put(self, key: str, body: bytes) -> None:
        with translated(self._name(key)):
            _s3().put_object(Bucket=self.bucket, Key=key, Body=body)

    def put_new(self, key: str, body: bytes) -> None:
        try:
            with translated(self._name(key)):
                _s3().put_object(Bucket=self.bucket, Key=key, Body=body, IfNoneMatch="*")
        except Conflict:
            # It may be our own write: an attempt that timed out after S3 had taken it.
            if not self._holds(key, body):
                raise

    def get_file(self, key: str, path: Path) -> None:
        with self._transferred(key), reading(self.bucket, key):
            _s3().download_file(self.bucket, key, str(path))

    def put_file(self, key: str, path: Path) -> None:
        with self._transferred(key), translated(self._name(key)):
            _s3().upload_file(str(path), self.bucket, key)

    def list(self, prefix: str) -> list[str]:
        with translated(self._name(prefix)):
            pages = _s3().get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
            return [item["Key"] for page in pages for item in page.get("Contents", ())]

    def _holds(self, key: str, body: bytes) -> bool:
        try:
            return self.get(key) == body
        except NotFound:
            return False

    @contextmanager
    def _transferred(self, key: str) -> Iterator[None]:
        try:
            yield
        except Boto3Error as error:  # the transfer manager wraps what its threads met
            raise ServiceUnavailable(f"{self._name(key)}: {error}") from error

    def _name(self, key: str) -> str:
        return f"s3://{self.bucket}/{key}"


def _s3() -> Any:
    return client("s3")
