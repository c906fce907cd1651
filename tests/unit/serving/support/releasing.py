"""A model's releases in memory: real packages, answered by the real request path in this process."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from keepfit.adapters.memory.registry import MemoryArtifacts, MemoryLedger, MemoryVersions
from keepfit.adapters.memory.serving import (
    Handler,
    MemoryNextRoute,
    MemoryReleases,
    MemoryRequests,
    MemoryRouting,
)
from keepfit.application.release_tests import ReleaseTests
from keepfit.definitions.model import ModelDefinition
from keepfit.layout import ModelScope
from keepfit.registry.artifact_store import sha256
from keepfit.registry.ledger import Entry, verify
from keepfit.registry.versions import Manifest, ModelVersion, write_manifest
from keepfit.runtime.predict import load
from keepfit.serving.inference.scorer import Scorer
from keepfit.serving.release.alias_mover import AliasMover
from keepfit.serving.release.golden import GoldenRequest
from keepfit.serving.release.next_alias import NextAlias
from keepfit.serving.release.prepare import Preparation, Prepared
from keepfit.serving.release.pruning import Pruning
from keepfit.serving.release.recorded_alias import Order
from keepfit.serving.release.system_tests import SystemTests
from keepfit.serving.release_definition import ReleaseDefinition
from keepfit.training.gates_definition import GatesDefinition
from keepfit.training.runs.run_files import RunFiles
from tests.unit.serving.support import small_model

MODEL = "flight_delay"


class Releasing:
    """Everything that a release passes through; time is what ``at`` says."""

    def __init__(self, folder_for_packages: Path) -> None:
        self.at = datetime(2026, 5, 4, 12, 0, 30, tzinfo=UTC)
        self.artifacts = MemoryArtifacts()
        self.versions = MemoryVersions(model=MODEL)
        self.ledger = MemoryLedger()
        self.live = MemoryRouting()
        self.next = MemoryRouting(beside=self.live)
        self.trained_by = ModelDefinition(dataset="flights", label="late", inputs=["carrier"])
        self.requests = MemoryRequests()
        self.closed: set[str] = set()
        self.definition = ReleaseDefinition()
        self._packages = folder_for_packages
        self.target = MemoryReleases(artifacts=self.artifacts, start=self._start, live=self.live)
        self.mover = AliasMover(
            live=self.live,
            versions=self.versions,
            ledger=self.ledger,
            over=self.closed.__contains__,
            code_sha256=self.target.code_sha256,
            now=lambda: self.at,
        )
        self.next_alias = NextAlias(alias=self.next, over=self.closed.__contains__)
        self.pruning = Pruning(
            live=self.live,
            target=self.target,
            versions=self.versions,
            ledger=self.ledger,
            now=lambda: self.at,
        )
        self.preparation = Preparation(
            artifacts=self.artifacts,
            bucket="artifacts",
            handler=_handler_package,
            versions=self.versions,
            target=self.target,
            live=self.live,
            testing=self.testing(GatesDefinition()),
            now=lambda: self.at,
        )

    def testing(self, gates: GatesDefinition) -> ReleaseTests:
        """The tests of a run that releases, with the gates of its definition."""
        return ReleaseTests(
            system=SystemTests(
                route=MemoryNextRoute(model=MODEL, next=self.next, target=self.target),
                target=self.target,
            ),
            files=RunFiles(self.artifacts, "runs/flight_delay/a-run"),
            gates=gates,
            trained_by=lambda _run: self.trained_by,
        )

    def register(self, model: bytes, *, golden_by: bytes | None = None) -> ModelVersion:
        """A registered version whose golden probabilities are those of ``golden_by``, or its own."""
        rows = small_model.instances(6)
        scorer = Scorer.load(golden_by or model, small_model.signature())
        known = scorer.score(scorer.decode(json.dumps({"instances": rows}))).tolist()
        golden = [GoldenRequest(instance=row, outputs=p) for row, p in zip(rows, known, strict=True)]
        claim = self.versions.claim(f"run {len(self.versions.all()) + 1}", self.at)
        files = {
            "model.onnx": model,
            "signature.json": small_model.signature(),
            "golden.json": msgspec.json.encode(golden),
        }
        for name, body in files.items():
            self.artifacts.put_new(ModelScope(MODEL).version(claim.version) + name, body)
        version = write_manifest(
            self.artifacts,
            Manifest(
                model=MODEL,
                version=claim.version,
                run_id=claim.run_id,
                created_at=claim.claimed_at,
                files={name: sha256(body) for name, body in files.items()},
                data={},
                digests={},
                metrics={},
            ),
        )
        self.versions.register(version)
        return version

    def prepared(self, model: bytes) -> Prepared:
        return self.prepare(self.register(model).version)

    def packaged_anew(self, version: int) -> Prepared:
        """The version in a package of its own, with another handler than before."""
        self.preparation = replace(self.preparation, handler=lambda: _handler_package("# changed"))
        return self.prepare(version)

    def prepare(self, version: int) -> Prepared:
        """Published and tested, as the state machine does it."""
        prepared = self.preparation.prepare(version)
        self.next_alias.point(prepared.lambda_version, run_id=f"run {version}")
        self.preparation.test(version, prepared.lambda_version, prepared.code_sha256)
        return prepared

    def order(self, prepared: Prepared, why: str = "") -> Order:
        return Order(
            version=prepared.version,
            lambda_version=prepared.lambda_version,
            who="training run",
            why=why,
            run_id=f"run {prepared.version}",
        )

    def release(self, model: bytes) -> Prepared:
        """Prepared, tried and promoted."""
        prepared = self.prepared(model)
        self.mover.start_canary(self.order(prepared), 0.2)
        self.mover.promote(self.order(prepared))
        return prepared

    def answer(
        self, lambda_version: str, event: Mapping[str, Any], seconds: float = 1
    ) -> dict[str, Any] | None:
        """One request that the alias sends to a version; None where it fails, as a client's 500."""
        self.at += timedelta(seconds=seconds)
        invocation = self.target.invoke(lambda_version, event)
        self.requests.answered.append((lambda_version, self.at, invocation.error is not None, 1.0))
        answered: dict[str, Any] | None = json.loads(invocation.payload) if invocation.error is None else None
        return answered

    def _start(self, package: bytes) -> Handler:
        unpacked = self._packages / sha256(package)
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            archive.extractall(unpacked)
        return load(unpacked / "model")


def request(count: int = 1) -> dict[str, Any]:
    return {"body": json.dumps({"instances": small_model.instances(count)}), "isBase64Encoded": False}


def _handler_package(handler: str = "") -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("handler.py", handler)
    return body.getvalue()


def told(releasing: Releasing) -> list[tuple[str, int, float, int | None]]:
    """The ledger in short; it is a chain whenever it is looked at."""
    entries = releasing.ledger.entries()
    verify(entries)
    assert_ordered(entries)
    return [(entry.action, entry.version, entry.weight, entry.previous_version) for entry in entries]


def assert_ordered(entries: list[Entry]) -> None:
    for before, after in pairwise(entries):
        assert after.replaced_revision == before.revision
