"""Trains one candidate of one run, from the run's files to the candidate's."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from keepfit.application.ports import PARTS, StoredRows
from keepfit.definitions.model import decode_model
from keepfit.errors import NotFound
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.features.encoding.matrix import Encoder
from keepfit.features.encoding.numbers import code_sizes
from keepfit.features.schema.signature import Signature, from_json, to_json
from keepfit.training.encoders.fitting import fit_encoders, targets_of
from keepfit.training.runs.failures import CandidateFailure
from keepfit.training.runs.run_files import (
    DEFINITION,
    FAILURE,
    MODEL,
    REPORT,
    ROWS,
    SCORES,
    SIGNATURE,
    RunFiles,
)
from keepfit.training.trials.trial import Rows, TrialData, try_candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateTask:
    """Trains one candidate of a run."""

    candidate: str
    files: RunFiles
    rows: StoredRows

    def run(self, tell: Callable[[str], None]) -> None:
        """Trains the candidate and writes model.onnx, its signature, scores.npy and, last, report.json.

        Doing it again writes the same files again. ``tell`` hears what happens, line by line.
        """
        compiled = decode_model(self.files.get(DEFINITION))
        training, gates = compiled.definition.training, compiled.definition.gates
        if self.candidate not in compiled.candidates:
            raise NotFound(
                f"{self.candidate!r} is not one of the candidates {', '.join(compiled.candidates)}"
            )
        signature = from_json(self.files.get(SIGNATURE))
        task = training_task_of(signature.task)
        columns = {part: self._columns(part, signature) for part in PARTS}
        labels = {part: task.encode_labels(read["_label"]) for part, read in columns.items()}
        encoders = fit_encoders(signature, columns["train"], targets_of(task, labels["train"], training.seed))
        signature, sizes = encoders.signature, code_sizes(encoders.signature)
        train = Rows(
            features=encoders.encode_training_rows(columns["train"]), labels=labels["train"], code_sizes=sizes
        )
        holdout = Rows(
            features=Encoder(signature).encode(columns["holdout"]),
            labels=labels["holdout"],
            code_sizes=sizes,
        )
        tell(f"read {len(train.labels)} training and {len(holdout.labels)} holdout rows")
        trial = try_candidate(
            self.candidate,
            compiled.candidates[self.candidate],
            data=TrialData(task=task, train=train, holdout=holdout, by_time=compiled.split.kind == "time"),
            gates=gates,
            seed=training.seed,
            tell=tell,
            wishes=compiled.wishes,
        )
        own = self.files.candidate(self.candidate)
        own.put(MODEL, trial.model)
        own.put(SIGNATURE, to_json(msgspec.structs.replace(signature, task=trial.spec)))
        own.put(SCORES, _npy(trial.scores))
        own.put(REPORT, msgspec.json.format(msgspec.json.encode(trial.report, order="sorted")))
        tell(f"wrote {own.folder}/")

    def fail(self, error: Exception) -> None:
        """Records the failure for Judge; the state machine only sees a failed container."""
        failure = CandidateFailure(error=type(error).__name__, cause=str(error))
        self.files.candidate(self.candidate).put(FAILURE, msgspec.json.encode(failure))

    def _columns(self, name: str, signature: Signature) -> Mapping[str, Any]:
        with tempfile.TemporaryDirectory() as folder:
            path, kept = Path(folder) / ROWS.format(part=name), self.files.rows
            kept.store.get_file(kept.key(path.name), path)
            names = [column.name for column in signature.model_columns]
            return self.rows.columns(path, ["_label", *names])


def _npy(scores: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, scores, allow_pickle=False)
    return buffer.getvalue()
