"""The files of one training run: how each is called, and what it holds as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from keepfit.errors import NotFound
from keepfit.layout import rows_folder
from keepfit.registry.artifact_store import ArtifactStore
from keepfit.training.judging.judgement import Judgement
from keepfit.training.runs.failures import CandidateFailure
from keepfit.training.runs.run import TrainingRun
from keepfit.training.training_set import TrainingSet
from keepfit.training.trials.report import TrialReport

DEFINITION: Final = "definition.json"
RUN: Final = "run.json"
TRAINING_SET: Final = "training_set.json"
SIGNATURE: Final = "signature.json"
PROFILE: Final = "profile.json"
JUDGEMENT: Final = "judgement.json"
# Rows, which may expire; all else stays.
ROWS: Final = "{part}.parquet"
HOLDOUT: Final = "holdout.jsonl"
# Of one candidate.
MODEL: Final = "model.onnx"
SCORES: Final = "scores.npy"
REPORT: Final = "report.json"
FAILURE: Final = "failed.json"


@dataclass(frozen=True, slots=True)
class Files:
    """Files of a folder, by name."""

    store: ArtifactStore
    folder: str

    def get(self, name: str) -> bytes:
        """The whole file. Raises NotFound where there is none."""
        return self.store.get(self.key(name))

    def find(self, name: str) -> bytes | None:
        """The whole file; None where there is none."""
        try:
            return self.get(name)
        except NotFound:
            return None

    def put(self, name: str, body: bytes) -> None:
        """Writes or replaces the file."""
        self.store.put(self.key(name), body)

    def key(self, name: str) -> str:
        """Where the file is in the store."""
        return f"{self.folder}/{name}"


class CandidateFiles(Files):
    """What the task of one candidate leaves behind."""

    def report(self) -> TrialReport | None:
        """What its trial found; None where it has not ended well."""
        found = self.find(REPORT)
        return None if found is None else msgspec.json.decode(found, type=TrialReport)

    def failure(self) -> CandidateFailure | None:
        """Why it could not be trained, where somebody could say so."""
        found = self.find(FAILURE)
        return None if found is None else msgspec.json.decode(found, type=CandidateFailure)


class RunFiles(Files):
    """What the steps of one run leave each other, and keep."""

    def run(self) -> TrainingRun:
        """The run as it was admitted, without how it ended."""
        return msgspec.json.decode(self.get(RUN), type=TrainingRun)

    def training_set(self) -> TrainingSet:
        """What its rows are said to be."""
        return msgspec.json.decode(self.get(TRAINING_SET), type=TrainingSet)

    def judgement(self) -> Judgement:
        """Who won, and why."""
        return msgspec.json.decode(self.get(JUDGEMENT), type=Judgement)

    def candidate(self, name: str) -> CandidateFiles:
        """The files of one candidate."""
        return CandidateFiles(self.store, f"{self.folder}/candidates/{name}")

    @property
    def rows(self) -> Files:
        """The rows that train and those that judge."""
        return Files(self.store, rows_folder(self.folder))
