"""The prediction log that Amazon Data Firehose writes to Amazon S3."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from keepfit.adapters.aws.clients import client, translated
from keepfit.adapters.aws.s3_objects import reading
from keepfit.layout import ModelScope


@dataclass(frozen=True, slots=True, kw_only=True)
class S3PredictionLog:
    """See ``monitoring.ports.PredictionLog``."""

    bucket: str
    model: str

    def after(self, key: str) -> Iterator[str]:
        with translated(f"s3://{self.bucket}/{self._prefix}"):
            pages = (
                client("s3")
                .get_paginator("list_objects_v2")
                .paginate(Bucket=self.bucket, Prefix=self._prefix, StartAfter=f"{self._prefix}{key}")
            )
            for page in pages:
                yield from (item["Key"].removeprefix(self._prefix) for item in page.get("Contents", ()))

    def read(self, key: str) -> bytes:
        with reading(self.bucket, f"{self._prefix}{key}"):
            response = client("s3").get_object(Bucket=self.bucket, Key=f"{self._prefix}{key}")
            body: bytes = response["Body"].read()
        return body

    @property
    def _prefix(self) -> str:
        return ModelScope(self.model).prediction_log
