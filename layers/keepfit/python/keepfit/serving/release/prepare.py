"""Publishes a registered version as a release, and tests it before any client can meet it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import msgspec
from msgspec import UNSET

from keepfit.features.schema.signature import Signature, from_json
from keepfit.layout import ModelScope
from keepfit.registry.artifact_store import ArtifactStore, sha256
from keepfit.registry.champion import UNRELEASED
from keepfit.registry.ports import Versions
from keepfit.registry.release_report import ReleaseReport
from keepfit.registry.versions import ModelVersion, Release, read_files
from keepfit.serving.release.golden import GOLDEN, GoldenRequest
from keepfit.serving.release.package import lambda_sha256, model_files, pack
from keepfit.serving.release.ports import ReleaseTarget, RoutingReader
from keepfit.serving.release.released_graph import ReleasedGraph, graph_key, read_graph
from keepfit.serving.release_definition import Strategy

_SIGNATURE = "signature.json"


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A release to be tested, and then tried; ``champion_lambda_version`` is None before the first."""

    version: int
    lambda_version: str
    code_sha256: str
    champion_lambda_version: str | None
    strategy: Strategy = "canary"


class PackagesGraph(Protocol):
    """Packages the other models that answer with one."""

    def package(self, version: ModelVersion) -> tuple[dict[str, bytes], ReleasedGraph]:
        """The files beside those of ``version``, and what is kept beside the package.

        Raises:
            NotFound: no version of another model serves.
            InvalidModel: versions that cannot answer together.
        """
        ...


class ReleaseTesting(Protocol):
    """Tests a published release before it is on record as one."""

    def test(
        self,
        lambda_version: str,
        version: ModelVersion,
        *,
        golden: Sequence[GoldenRequest],
        signature: Signature,
    ) -> ReleaseReport:
        """The report of a release that may be brought before clients.

        Args:
            lambda_version: what was published; the alias ``next`` points to it.
            version: what is inside.
            golden: its requests with the outputs on record.
            signature: its model's.

        Raises:
            GoldenRequestsFailed: it does not answer as its model did at registration.
            SystemTestsFailed: it does not answer as is documented, or as its model's own tests want.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """Packs, publishes and tests a version; idempotent."""

    artifacts: ArtifactStore
    bucket: str
    handler: Callable[[], bytes]
    versions: Versions
    target: ReleaseTarget
    live: RoutingReader
    testing: ReleaseTesting
    now: Callable[[], datetime]
    graph: PackagesGraph | None = None

    def prepare(self, number: int, strategy: Strategy = "canary") -> Prepared:
        """Publishes version ``number``, which ``strategy`` is to try, without touching an alias.

        Raises:
            NotFound: no such version, or none that serves of a model in its graph.
            TamperedArtifact: files that are not those that were registered.
            InvalidModel: versions that cannot answer together in its graph.
        """
        version = self.versions.get(number)
        files, graph = self.graph.package(version) if self.graph else ({}, None)
        package = pack(self.handler(), {**model_files(self.artifacts, version), **files})
        if graph is not None:
            key = graph_key(version.model, number, lambda_sha256(package))
            self.artifacts.put_new(key, msgspec.json.encode(graph, order="deterministic"))
        lambda_version = self._publish(version, package)
        champion = self.live.read().routing.lambda_version
        return Prepared(
            version=number,
            lambda_version=lambda_version,
            code_sha256=lambda_sha256(package),
            champion_lambda_version=None if champion == UNRELEASED else champion,
            strategy=strategy,
        )

    def test(self, number: int, lambda_version: str, code_sha256: str) -> ReleaseReport:
        """Tests what was published as version ``number``, and records it as a release.

        Raises:
            GoldenRequestsFailed: it does not answer as its model did at registration.
            SystemTestsFailed: it does not answer over HTTPS as it should.
            Superseded: another release is tested instead.
        """
        version = self.versions.get(number)
        graph = read_graph(self.artifacts, version.model, number, code_sha256) if self.graph else None
        golden, signature = self._known(version, graph)
        report = self.testing.test(lambda_version, version, golden=golden, signature=signature)
        # Only now: what is on record as a release may be brought before clients, by a person too.
        self.versions.record_release(
            Release(
                lambda_version=lambda_version,
                version=number,
                code_sha256=code_sha256,
                published_at=self.now(),
                nodes=graph.versions if graph else UNSET,
            )
        )
        return report

    def _known(
        self, version: ModelVersion, graph: ReleasedGraph | None
    ) -> tuple[list[GoldenRequest], Signature]:
        """The golden requests of a release, and the signature of its requests."""
        if graph is not None:
            return [GoldenRequest(instance=instance) for instance in graph.instances], graph.signature
        files = read_files(self.artifacts, version, (_SIGNATURE, GOLDEN))
        golden = msgspec.json.decode(files[GOLDEN], type=list[GoldenRequest])
        return golden, from_json(files[_SIGNATURE])

    def _publish(self, version: ModelVersion, package: bytes) -> str:
        key = ModelScope(version.model).package(version.version, sha256(package))
        self.artifacts.put_new(key, package)
        return self.target.publish(
            bucket=self.bucket,
            key=key,
            code_sha256=lambda_sha256(package),
            description=f"v{version.version}",
        )
