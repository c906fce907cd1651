"""Registers the winner of a run: its files become an immutable version that proves itself by digests."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import msgspec
import numpy as np

from keepfit import instants
from keepfit.errors import InvalidModel, NotFound
from keepfit.features.schema.signature import from_json
from keepfit.layout import ModelScope, rows_folder
from keepfit.monitoring.profiles.profile import ReferenceProfile
from keepfit.registry.artifact_store import ArtifactStore, sha256, write_once
from keepfit.registry.onnx_inspection import admit
from keepfit.registry.ports import Versions
from keepfit.registry.versions import Claim, Manifest, ModelVersion, write_manifest
from keepfit.serving.inference.probe import probe
from keepfit.serving.inference.scorer import answerable
from keepfit.serving.release.golden import GoldenRequest, choose_instances


class _Run(msgspec.Struct, frozen=True):
    data: dict[str, int]
    definition_digest: str
    code_digest: str


class _Report(msgspec.Struct, frozen=True):
    metrics: dict[str, float]
    packages: dict[str, str]


class _Judgement(msgspec.Struct, frozen=True):
    winner: str | None


class _HoldoutRow(msgspec.Struct, frozen=True):
    instance: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """Registers at most one version per run; doing it again gives the same version."""

    model: str
    artifacts: ArtifactStore
    versions: Versions
    now: Callable[[], datetime] = instants.now

    def register(self, run_id: str, winner: str) -> ModelVersion:
        """The version that ``winner`` of the run became.

        Raises:
            InvalidModel: a model that must not be loaded, or that does not survive its first run.
            NotFound: a file of the run is missing, or the run was won by another candidate.
        """
        claim = self.versions.claim(run_id, self.now())
        try:
            return self.versions.get(claim.version)
        except NotFound:
            version = self._write(claim, ModelScope(self.model).run(run_id), winner)
        self.versions.register(version)
        return version

    def _write(self, claim: Claim, run: str, winner: str) -> ModelVersion:
        files = self._files(run, winner)
        prefix = ModelScope(self.model).version(claim.version)
        kept = {name: write_once(self.artifacts, prefix + name, body) for name, body in files.items()}
        record = msgspec.json.decode(self.artifacts.get(f"{run}/run.json"), type=_Run)
        report = msgspec.json.decode(kept["report.json"], type=_Report)
        training_set = sha256(self.artifacts.get(f"{run}/training_set.json"))
        manifest = Manifest(
            model=self.model,
            version=claim.version,
            run_id=claim.run_id,
            created_at=claim.claimed_at,
            files={name: sha256(body) for name, body in sorted(kept.items())},
            data=record.data,
            digests={
                "data": _digest({"versions": record.data, "training_set": training_set}),
                "definition": record.definition_digest,
                "code": record.code_digest,
                "packages": _digest(report.packages),
            },
            metrics=report.metrics,
        )
        return write_manifest(self.artifacts, manifest)

    def _files(self, run: str, winner: str) -> dict[str, bytes]:
        """A version's files but for the manifest. The model is looked at, and run apart, before anything is kept."""
        candidate = f"{run}/candidates/{winner}"
        judgement = self.artifacts.get(f"{run}/judgement.json")
        won = msgspec.json.decode(judgement, type=_Judgement).winner
        if won != winner:
            raise NotFound(f"{winner!r} is to be registered, and the judgement in {run} names {won!r}")
        model = self.artifacts.get(f"{candidate}/model.onnx")
        signature = self.artifacts.get(f"{run}/signature.json")
        admit(model)
        profile = ReferenceProfile.from_json(self.artifacts.get(f"{run}/profile.json"))
        scores = _read_scores(self.artifacts.get(f"{candidate}/scores.npy"))
        return {
            "model.onnx": model,
            "signature.json": signature,
            "golden.json": self._golden(run, model, signature),
            "profile.json": profile.with_score(scores).to_json(),
            "report.json": self.artifacts.get(f"{candidate}/report.json"),
            "judgement.json": judgement,
        }

    def _golden(self, run: str, model: bytes, signature: bytes) -> bytes:
        rows = msgspec.json.Decoder(_HoldoutRow).decode_lines(
            self.artifacts.get(f"{rows_folder(run)}/holdout.jsonl")
        )
        instances = answerable(
            signature, choose_instances(from_json(signature), [row.instance for row in rows])
        )
        answered = zip(instances, probe(model, signature, instances), strict=True)
        golden = [GoldenRequest(instance=instance, probability=p) for instance, p in answered]
        return msgspec.json.format(msgspec.json.encode(golden))


def _read_scores(body: bytes) -> np.ndarray:
    try:
        scores: np.ndarray = np.load(io.BytesIO(body), allow_pickle=False)
    except ValueError as error:
        raise InvalidModel(f"scores.npy cannot be read: {error}; train the candidate again") from error
    return scores


def _digest(value: object) -> str:
    return sha256(msgspec.json.encode(value, order="deterministic"))
