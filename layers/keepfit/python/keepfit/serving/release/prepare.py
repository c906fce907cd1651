"""Publishes a registered version as a release that has answered its golden requests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from keepfit.features.schema.signature import from_json
from keepfit.layout import ModelScope
from keepfit.registry.artifact_store import ArtifactStore, sha256
from keepfit.registry.champion import UNRELEASED
from keepfit.registry.ports import Versions
from keepfit.registry.versions import ModelVersion, Release, read_files
from keepfit.serving.definition import Strategy
from keepfit.serving.release.golden import GoldenRequest, as_event, check_answer
from keepfit.serving.release.package import lambda_sha256, pack
from keepfit.serving.release.ports import LiveRouting, ReleaseTarget


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A release that may be tried, and how; ``champion_lambda_version`` is None before the first one."""

    version: int
    lambda_version: str
    champion_lambda_version: str | None
    strategy: Strategy = "canary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """Packs and publishes a version, and sends its golden requests; idempotent."""

    artifacts: ArtifactStore
    bucket: str
    handler: Callable[[], bytes]
    versions: Versions
    target: ReleaseTarget
    live: LiveRouting
    now: Callable[[], datetime]

    def prepare(self, number: int, strategy: Strategy = "canary") -> Prepared:
        """Makes version ``number`` a release that ``strategy`` is to try, without touching the alias.

        Raises:
            NotFound: no such version.
            TamperedArtifact: files that are not those that were registered.
            GoldenRequestsFailed: the release does not answer as its model did at registration.
        """
        version = self.versions.get(number)
        files = read_files(self.artifacts, version, ("model.onnx", "signature.json", "golden.json"))
        golden = msgspec.json.decode(files.pop("golden.json"), type=list[GoldenRequest])
        task = from_json(files["signature.json"]).task.kind
        served = {"model": version.model, "version": number}
        files["release.json"] = msgspec.json.encode(served)
        release = self._publish(version, pack(self.handler(), files))
        # One alone takes another way through the handler than many together.
        for requests in (golden, golden[:1]):
            answer = self.target.invoke(release.lambda_version, as_event(requests))
            check_answer(requests, answer, version=number, task=task)
        # Only now: what is on record as a release may be brought before clients, by a person too.
        self.versions.record_release(release)
        champion = self.live.read().routing.lambda_version
        return Prepared(
            version=number,
            lambda_version=release.lambda_version,
            champion_lambda_version=None if champion == UNRELEASED else champion,
            strategy=strategy,
        )

    def _publish(self, version: ModelVersion, package: bytes) -> Release:
        key = ModelScope(version.model).package(version.version, sha256(package))
        self.artifacts.put_new(key, package)
        code_sha256 = lambda_sha256(package)
        lambda_version = self.target.publish(
            bucket=self.bucket, key=key, code_sha256=code_sha256, description=f"v{version.version}"
        )
        return Release(
            lambda_version=lambda_version,
            version=version.version,
            code_sha256=code_sha256,
            published_at=self.now(),
        )
