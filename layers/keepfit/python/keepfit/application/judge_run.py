"""Judges a run: every candidate and the champion answer the run's holdout through the code that serves."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import msgspec
import numpy as np

from keepfit.application.holdout import HoldoutRow, Scores, ask, read_holdout
from keepfit.application.incumbent import incumbent
from keepfit.definitions.model import decode_model
from keepfit.errors import NotFound, Terminal
from keepfit.layout import ModelScope, rows_folder
from keepfit.registry.artifact_store import ArtifactStore
from keepfit.registry.champion import Champion
from keepfit.registry.onnx_inspection import admit
from keepfit.registry.ports import Versions
from keepfit.registry.versions import read_files
from keepfit.serving.inference.scorer import Scorer
from keepfit.training.judging.comparison import Incumbent
from keepfit.training.judging.judge import Entrant, judge
from keepfit.training.judging.judgement import Failure, Judgement
from keepfit.training.runs.failures import CandidateFailure


class _ReportedParity(msgspec.Struct, frozen=True, kw_only=True):
    max_difference: float
    flipped_labels: int


class _Report(msgspec.Struct, frozen=True, kw_only=True):
    """The part of report.json that is judged: the image's own type would bring scikit-learn along."""

    parity: _ReportedParity


class _TrainingSet(msgspec.Struct, frozen=True, kw_only=True):
    """The part of training_set.json that says which rows could train."""

    split_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RunJudge:
    """One run's holdout, and those who answer it."""

    artifacts: ArtifactStore
    versions: Versions
    champion: Callable[[], Champion | None]
    folder: str

    def judge(self) -> Judgement:
        """Writes judgement.json, the same one again when asked again while nobody else was released.

        Raises:
            NoCandidate: not one candidate could be trained.
        """
        compiled = decode_model(self._get("definition.json"))
        holdout = read_holdout(self.artifacts.get(f"{rows_folder(self.folder)}/holdout.jsonl"))
        signature = self._get("signature.json")
        definition = compiled.definition
        judgement = judge(
            np.array([row.label for row in holdout], dtype=np.bool_),
            [self._entrant(name, signature, holdout) for name in definition.training.candidates],
            self._incumbent(holdout, compiled.name, definition.label),
            definition.gates,
            seed=definition.training.seed,
        )
        self.artifacts.put(
            f"{self.folder}/judgement.json",
            msgspec.json.format(msgspec.json.encode(judgement, order="deterministic")),
        )
        return judgement

    def _entrant(self, name: str, signature: bytes, holdout: list[HoldoutRow]) -> Entrant:
        folder = f"candidates/{name}"
        report = self._find(f"{folder}/report.json")
        if report is None:
            return Entrant(name=name, fault=self._why_untrained(f"{folder}/failed.json"))
        parity = msgspec.json.decode(report, type=_Report).parity
        model = self._get(f"{folder}/model.onnx")
        try:
            admit(model)
            served = ask(Scorer.load(model, signature), [row.instance for row in holdout])
        except Terminal as error:
            return Entrant(
                name=name, fault=Failure(gate="answers", reason=f"{type(error).__name__}: {error}")
            )
        return Entrant(
            name=name,
            served=served,
            native=self._native(f"{folder}/scores.npy"),
            max_difference=parity.max_difference,
            flipped_labels=parity.flipped_labels,
        )

    def _native(self, name: str) -> Scores | None:
        """None for a file that is no plain array of numbers: pickled objects are not opened."""
        try:
            return np.asarray(np.load(io.BytesIO(self._get(name)), allow_pickle=False), dtype=np.float64)
        except ValueError:
            return None

    def _why_untrained(self, key: str) -> Failure:
        found = self._find(key)
        if found is None:
            return Failure(
                gate="trained", reason="its task left neither a report nor a reason; see the task's log"
            )
        failure = msgspec.json.decode(found, type=CandidateFailure)
        return Failure(gate="trained", reason=f"{failure.error}: {failure.cause}")

    def _incumbent(self, holdout: list[HoldoutRow], model: str, label: str) -> Incumbent | None:
        champion = self.champion()
        if champion is None:
            return None
        version = self.versions.get(champion.version)
        files = read_files(self.artifacts, version, ["model.onnx", "signature.json"])
        scorer = Scorer.load(files["model.onnx"], files["signature.json"])
        split_at = self._split_of(ModelScope(model).run(version.run_id))
        return incumbent(scorer, champion.version, holdout, label=label, split_at=split_at)

    def _split_of(self, run: str) -> datetime | None:
        try:
            facts = self.artifacts.get(f"{run}/training_set.json")
        except NotFound:
            return None
        return msgspec.json.decode(facts, type=_TrainingSet).split_at

    def _get(self, name: str) -> bytes:
        return self.artifacts.get(f"{self.folder}/{name}")

    def _find(self, name: str) -> bytes | None:
        try:
            return self._get(name)
        except NotFound:
            return None
