"""Trains one candidate of one run: from the run's files to the candidate's."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from keepfit.application.ports import Engine
from keepfit.definitions.model import decode_model
from keepfit.errors import NotFound
from keepfit.features.encoding import FIRST_KNOWN, Encoder
from keepfit.features.schema.signature import Signature, from_json
from keepfit.layout import ModelScope, rows_folder
from keepfit.registry.artifact_store import ArtifactStore
from keepfit.training.trials.trial import Rows, try_candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateTask:
    """What the task was started for, and where its files are."""

    model: str
    run_id: str
    candidate: str
    artifacts: ArtifactStore
    engine: Engine

    @property
    def folder(self) -> str:
        return ModelScope(self.model).run(self.run_id)

    def run(self, tell: Callable[[str], None]) -> None:
        """Trains the candidate and writes model.onnx, scores.npy and, last, report.json.

        Doing it again writes the same files again. ``tell`` hears what happens, line by line.
        """
        compiled = decode_model(self.artifacts.get(f"{self.folder}/definition.json"))
        training, gates = compiled.definition.training, compiled.definition.gates
        if self.candidate not in training.candidates:
            raise NotFound(
                f"{self.candidate!r} is not one of the candidates {', '.join(training.candidates)}"
            )
        signature = from_json(self.artifacts.get(f"{self.folder}/signature.json"))
        train, holdout = self._rows("train", signature), self._rows("holdout", signature)
        tell(f"read {len(train.labels)} training and {len(holdout.labels)} holdout rows")
        trial = try_candidate(
            self.candidate,
            training.candidates[self.candidate],
            train=train,
            holdout=holdout,
            seed=training.seed,
            tolerance=gates.parity_tolerance,
            tell=tell,
        )
        self._write("model.onnx", trial.model)
        self._write("scores.npy", _npy(trial.scores))
        self._write("report.json", msgspec.json.format(msgspec.json.encode(trial.report, order="sorted")))
        tell(f"wrote {self.folder}/candidates/{self.candidate}/")

    def fail(self, error: Exception) -> None:
        """Leaves the reason where Judge reads it; the state machine sees only that the task's container ended badly."""
        body = {"error": type(error).__name__, "cause": str(error)}
        self._write("failed.json", json.dumps(body).encode())

    def _rows(self, name: str, signature: Signature) -> Rows:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{name}.parquet"
            self.artifacts.get_file(f"{rows_folder(self.folder)}/{name}.parquet", path)
            names = [column.name for column in signature.model_columns]
            columns = self.engine.read_columns(path, ["_label", *names])
        return Rows(
            features=Encoder(signature).encode(columns),
            labels=np.asarray(columns["_label"], dtype=np.bool_),
            code_sizes=code_sizes(signature),
        )

    def _write(self, file: str, body: bytes) -> None:
        self.artifacts.put(f"{self.folder}/candidates/{self.candidate}/{file}", body)


def code_sizes(signature: Signature) -> dict[int, int]:
    """Position of each category among the model's columns, and how many codes it has."""
    return {
        position: int(FIRST_KNOWN) + len(column.vocabulary or [])
        for position, column in enumerate(signature.model_columns)
        if column.type == "category"
    }


def _npy(scores: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, scores, allow_pickle=False)
    return buffer.getvalue()
