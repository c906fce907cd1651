"""Lake on Amazon S3."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from keepfit.adapters.aws.clients import client, translated
from keepfit.adapters.aws.s3_objects import reading
from keepfit.adapters.aws.s3_transfer import download
from keepfit.features.datasets.manifest import Manifest, Part, from_json, to_json
from keepfit.features.datasets.ports import StoredPart
from keepfit.features.io.formats import file_sha256
from keepfit.layout import DatasetScope


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Lake:
    """See ``features.ports.Lake``."""

    bucket: str

    def put_part(self, dataset: str, sha256: str, path: Path) -> StoredPart:
        return self._put(DatasetScope(dataset).part(sha256, uuid4().hex[:16]), path)

    def put_quarantine(self, dataset: str, sha256: str, path: Path) -> str:
        return self._put(DatasetScope(dataset).quarantined(sha256, file_sha256(path)[:16]), path).key

    def put_report(self, dataset: str, sha256: str, path: Path) -> str:
        return self._put(DatasetScope(dataset).reported(sha256, file_sha256(path)[:16]), path).key

    def put_profile(self, dataset: str, sha256: str, path: Path) -> str:
        return self._put(DatasetScope(dataset).profile(sha256, file_sha256(path)[:16]), path).key

    def profile(self, key: str) -> bytes:
        with reading(self.bucket, key):
            body: bytes = client("s3").get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return body

    def put_manifest(self, manifest: Manifest) -> None:
        key = DatasetScope(manifest.dataset).manifest(manifest.version)
        with translated(self._name(key)):
            client("s3").put_object(Bucket=self.bucket, Key=key, Body=to_json(manifest), IfNoneMatch="*")

    def manifest(self, dataset: str, version: int) -> Manifest:
        key = DatasetScope(dataset).manifest(version)
        with reading(self.bucket, key):
            return from_json(client("s3").get_object(Bucket=self.bucket, Key=key)["Body"].read())

    def get_part(self, part: Part, path: Path) -> None:
        download(self.bucket, part.key, part.version_id, path)

    def _put(self, key: str, path: Path) -> StoredPart:
        # One PUT (up to 5 GB), not parts: only then does the answer name the version that was written.
        with translated(self._name(key)), path.open("rb") as body:
            answer = client("s3").put_object(Bucket=self.bucket, Key=key, Body=body)
        return StoredPart(key=key, version_id=answer.get("VersionId", "null"))

    def _name(self, key: str) -> str:
        return f"s3://{self.bucket}/{key}"
