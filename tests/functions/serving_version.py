"""A version that serves, with what is on record of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_versions import DynamoVersions
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.layout import ModelScope
from keepfit.registry.artifact_store import sha256
from keepfit.registry.versions import Manifest, Release, write_manifest


def register(
    model: str,
    at: datetime,
    files: Mapping[str, bytes],
    *,
    number: int = 1,
    run_id: str = "run",
    **metrics: float,
) -> DynamoVersions:
    """Registers a version, the first or the next, with its files."""
    store = S3Artifacts(bucket="artifacts")
    versions = DynamoVersions(items=ModelItems(table="registry", model=model), stack="stack")
    versions.claim(run_id, at)
    for name, body in files.items():
        store.put_new(f"{ModelScope(model).version(number)}{name}", body)
    manifest = Manifest(
        model=model,
        version=number,
        run_id=run_id,
        created_at=at,
        files={name: sha256(body) for name, body in files.items()},
        data={},
        digests={},
        metrics=metrics,
    )
    versions.register(write_manifest(store, manifest))
    return versions


def release(
    model: str, at: datetime, files: Mapping[str, bytes], monkeypatch: pytest.MonkeyPatch, **metrics: float
) -> None:
    """Registers version 1, and points the alias to its release, the Lambda version 2."""
    versions = register(model, at, files, **metrics)
    versions.record_release(Release(lambda_version="2", version=1, code_sha256="x", published_at=at))
    monkeypatch.setattr(client("lambda"), "get_alias", lambda **_: {"FunctionVersion": "2"})
