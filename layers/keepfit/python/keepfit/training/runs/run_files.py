"""The files of one training run: their names, and their contents as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from keepfit.errors import NotFound
from keepfit.evaluation.report import Evaluation
from keepfit.features.schema.signature import Signature, from_json
from keepfit.layout import rows_folder
from keepfit.registry.artifact_store import ArtifactStore
from keepfit.training.explanation.report import Explanation
from keepfit.training.judging.judgement import Judgement
from keepfit.training.runs.failures import CandidateFailure
from keepfit.training.runs.run import TrainingRun
from keepfit.training.segments.plan import SegmentPlan
from keepfit.training.selection.narrowing import narrowed
from keepfit.training.selection.selection import FeatureSelection
from keepfit.training.training_set import TrainingSet
from keepfit.training.trials.report import TrialReport

DEFINITION: Final = "definition.json"
RUN: Final = "run.json"
TRAINING_SET: Final = "training_set.json"
SIGNATURE: Final = "signature.json"
SELECTION: Final = "selection.json"
SEGMENT_PLAN: Final = "segments.json"
PROFILE: Final = "profile.json"
JUDGEMENT: Final = "judgement.json"
EVALUATION: Final = "evaluation.json"
REPLAY: Final = "replay.json"
SHADOW: Final = "shadow.json"
SYSTEM_TESTS: Final = "system_tests.json"
# Rows, which may expire; all else stays.
ROWS: Final = "{part}.parquet"
HOLDOUT: Final = "holdout.jsonl"
TRAINED_IDS: Final = "trained_ids.npy"
# Of one candidate.
MODEL: Final = "model.onnx"
SCORES: Final = "scores.npy"
REPORT: Final = "report.json"
FAILURE: Final = "failed.json"
TRIALS: Final = "trials.json"
CODE: Final = "estimator.py"
EXPLANATION: Final = "explanation.json"
EXAMPLES: Final = "examples.json"
VALIDATION_SCORES: Final = "validation_scores.npy"
# Of the candidate with a model for each segment.
SEGMENT_RECORD: Final = "segments.json"
SEGMENT_TRIAL: Final = "segments/{number:05}.msgpack"


@dataclass(frozen=True, slots=True)
class Files:
    """Files of a folder, by name."""

    store: ArtifactStore
    folder: str

    def get(self, name: str) -> bytes:
        """Reads the whole file. Raises NotFound where there is none."""
        return self.store.get(self.key(name))

    def find(self, name: str) -> bytes | None:
        """Reads the whole file; None where there is none."""
        try:
            return self.get(name)
        except NotFound:
            return None

    def put(self, name: str, body: bytes) -> None:
        """Writes or replaces the file."""
        self.store.put(self.key(name), body)

    def key(self, name: str) -> str:
        """The key of the file in the store."""
        return f"{self.folder}/{name}"


class CandidateFiles(Files):
    """The files of one candidate's task."""

    def report(self) -> TrialReport | None:
        """The trial's report; None where the trial did not succeed."""
        body = self.find(REPORT)
        return None if body is None else msgspec.json.decode(body, type=TrialReport)

    def explanation(self) -> Explanation | None:
        """What the candidate's answers rest on; None where it was not trained, and for runs of before."""
        body = self.find(EXPLANATION)
        return None if body is None else msgspec.json.decode(body, type=Explanation)

    def failure(self) -> CandidateFailure | None:
        """The reason why training failed; None where there is no record of one."""
        body = self.find(FAILURE)
        return None if body is None else msgspec.json.decode(body, type=CandidateFailure)


class RunFiles(Files):
    """The files that the steps of a run exchange and keep."""

    def run(self) -> TrainingRun:
        """The run as it was admitted, without its outcome."""
        return msgspec.json.decode(self.get(RUN), type=TrainingRun)

    def training_set(self) -> TrainingSet:
        """The description of the run's rows."""
        return msgspec.json.decode(self.get(TRAINING_SET), type=TrainingSet)

    def selection(self) -> FeatureSelection | None:
        """The selection of the columns that candidates train on; None where all were to be."""
        body = self.find(SELECTION)
        return None if body is None else msgspec.json.decode(body, type=FeatureSelection)

    def signature(self) -> Signature:
        """The signature of what the run's candidates train on: narrowed to the selected columns."""
        whole, selection = from_json(self.get(SIGNATURE)), self.selection()
        return whole if selection is None else narrowed(whole, selection)

    def segment_plan(self) -> SegmentPlan | None:
        """The plan of the run's segments; None where one model answers all rows."""
        body = self.find(SEGMENT_PLAN)
        return None if body is None else msgspec.json.decode(body, type=SegmentPlan)

    def judgement(self) -> Judgement:
        """The judgement: the winner and the evidence."""
        return msgspec.json.decode(self.get(JUDGEMENT), type=Judgement)

    def evaluation(self) -> Evaluation | None:
        """The evaluation of the chosen candidate; None where none was chosen, and for runs of before."""
        body = self.find(EVALUATION)
        return None if body is None else msgspec.json.decode(body, type=Evaluation)

    def candidate(self, name: str) -> CandidateFiles:
        """The files of one candidate."""
        return CandidateFiles(self.store, f"{self.folder}/candidates/{name}")

    def rows_of(self, candidate: str) -> Files:
        """The files of one candidate that hold rows, and may expire."""
        return Files(self.store, f"{rows_folder(self.folder)}/candidates/{candidate}")

    @property
    def rows(self) -> Files:
        """The files of the rows that train and judge."""
        return Files(self.store, rows_folder(self.folder))
