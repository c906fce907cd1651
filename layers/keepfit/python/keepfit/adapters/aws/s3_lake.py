"""Lake on Amazon S3."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import msgspec

from keepfit.adapters.aws.clients import client, translated
from keepfit.adapters.aws.s3_objects import reading
from keepfit.adapters.aws.s3_transfer import download
from keepfit.errors import NotFound
from keepfit.features.datasets.manifest import Manifest, Part, RewrittenPart, from_json, to_json
from keepfit.features.datasets.ports import StoredPart
from keepfit.features.forgetting.days_left import DAYS_LEFT
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

    def put_rewritten_part(self, dataset: str, sha256: str, path: Path, days_left: int | None) -> StoredPart:
        key = DatasetScope(dataset).part(sha256, uuid4().hex[:16])
        with translated(self._name(key)), path.open("rb") as body:
            answer = client("s3").put_object(
                Bucket=self.bucket,
                Key=key,
                Body=body,
                **({"Tagging": f"{DAYS_LEFT}={days_left}"} if days_left else {}),
            )
        return StoredPart(key=key, version_id=answer.get("VersionId", "null"))

    def put_rest(self, dataset: str, sha256: str, path: Path) -> str:
        return self._put(DatasetScope(dataset).rest(sha256, file_sha256(path)[:16]), path).key

    def put_rewritten(self, key: str, rewritten: RewrittenPart) -> None:
        name = DatasetScope.rewritten(key)
        with translated(self._name(name)):
            client("s3").put_object(Bucket=self.bucket, Key=name, Body=msgspec.json.encode(rewritten))

    def rewritten(self, key: str) -> RewrittenPart | None:
        name = DatasetScope.rewritten(key)
        try:
            with reading(self.bucket, name):
                body = client("s3").get_object(Bucket=self.bucket, Key=name)["Body"].read()
        except NotFound:
            return None
        found = msgspec.json.decode(body, type=RewrittenPart)
        return self.rewritten(found.key) or found

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
        try:
            download(self.bucket, part.key, part.version_id, path)
        except NotFound:
            rewritten = self.rewritten(part.key)
            if rewritten is None:
                raise
            download(self.bucket, rewritten.key, rewritten.version_id, path)

    def _put(self, key: str, path: Path) -> StoredPart:
        # One PUT (up to 5 GB), not parts: only then does the answer name the version that was written.
        with translated(self._name(key)), path.open("rb") as body:
            answer = client("s3").put_object(Bucket=self.bucket, Key=key, Body=body)
        return StoredPart(key=key, version_id=answer.get("VersionId", "null"))

    def _name(self, key: str) -> str:
        return f"s3://{self.bucket}/{key}"
