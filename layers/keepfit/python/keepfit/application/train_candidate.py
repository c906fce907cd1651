"""Trains one candidate of one run, from the run's files to the candidate's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from keepfit.application.arrays import to_npy
from keepfit.application.candidate_search import validated
from keepfit.application.ports import StoredRows
from keepfit.application.stored_table import read_columns, read_table
from keepfit.definitions.compiled_model import CompiledModel, decode_model
from keepfit.errors import NotFound
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.explanations.explainer import Explainer, to_bytes
from keepfit.features.encoding.matrix import Encoder
from keepfit.features.encoding.numbers import code_sizes
from keepfit.features.schema.signature import Signature, to_json
from keepfit.layout import ModelScope
from keepfit.registry.artifact_store import read_verified
from keepfit.registry.versions import EXPLAINER
from keepfit.training.definition import IMPORTED
from keepfit.training.encoders.fitting import fit_encoders, targets_of
from keepfit.training.explanation.explain import Subject, explain, explain_import
from keepfit.training.explanation.explainers import explainer_of
from keepfit.training.explanation.report import Explanation, ShapExamples
from keepfit.training.imports.imported import imported_model
from keepfit.training.imports.trial import try_import
from keepfit.training.runs.failures import CandidateFailure
from keepfit.training.runs.run_files import (
    CODE,
    DEFINITION,
    EXAMPLES,
    EXPLANATION,
    FAILURE,
    MODEL,
    REPORT,
    SCORES,
    SIGNATURE,
    VALIDATION_SCORES,
    RunFiles,
)
from keepfit.training.trials.report import Compute
from keepfit.training.trials.trial import Rows, Trial, TrialData, try_candidate
from keepfit.training.trials.validation import encode_folds


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateTask:
    """Trains one candidate of a run; ``compute`` is what runs it, for the report."""

    candidate: str
    files: RunFiles
    rows: StoredRows
    compute: Compute | None = None

    def run(self, tell: Callable[[str], None]) -> None:
        """Trains the candidate and writes its model, signature, scores, explanation and, last, report.

        Doing it again writes the same files again. ``tell`` hears what happens, line by line.
        """
        compiled = decode_model(self.files.get(DEFINITION))
        signature = self.files.signature()
        own = self.files.candidate(self.candidate)
        digest = self.files.run().trigger.imported if self.candidate == IMPORTED else None
        if digest is not None:
            trial = self._imported(digest, compiled, signature, tell)
        elif self.candidate in compiled.candidates:
            trial, signature = self._trained(compiled, signature, tell)
        else:
            raise NotFound(
                f"{self.candidate!r} is not one of the candidates {', '.join(compiled.candidates)}"
            )
        own.put(MODEL, trial.model)
        own.put(SIGNATURE, to_json(msgspec.structs.replace(signature, task=trial.spec)))
        own.put(SCORES, to_npy(trial.scores))
        if compiled.definition.segment_by is not None and trial.validation is not None:
            own.put(VALIDATION_SCORES, to_npy(trial.validation))
        report = msgspec.structs.replace(trial.report, compute=self.compute)
        own.put(REPORT, msgspec.json.format(msgspec.json.encode(report, order="sorted")))
        tell(f"wrote {own.folder}/")

    def _trained(
        self, compiled: CompiledModel, signature: Signature, tell: Callable[[str], None]
    ) -> tuple[Trial, Signature]:
        """The trial, and the signature as the candidate's own encoders complete it."""
        training, candidate = compiled.definition.training, compiled.candidates[self.candidate]
        if candidate.code is not None:
            self.files.candidate(self.candidate).put(CODE, candidate.code.encode())
            tell(f"kept its code, {CODE}")
        task = training_task_of(signature.task)
        train, validation = (
            read_table(self.files, self.rows, part, signature, task) for part in ("train", "validation")
        )
        holdout = read_columns(self.files, self.rows, "holdout", signature)
        tell(f"read {len(train.labels)} training and {len(validation.labels)} validation rows")
        folds = encode_folds(train, validation, signature=signature, task=task, seed=training.seed)
        own = self.files.candidate(self.candidate)
        moved = (self.compute.moved if self.compute else None) or ""
        chosen = validated(
            self.candidate, compiled, folds, len(train.labels), files=own, tell=tell, moved=moved
        )
        if folds is not None:
            folds.forget()
        encoders = fit_encoders(signature, train.columns, targets_of(task, train.labels, training.seed))
        signature = encoders.signature
        asked = Encoder(signature).encode(holdout)
        trial = try_candidate(
            self.candidate,
            chosen.candidate,
            data=TrialData(
                task=task,
                train=Rows(
                    features=encoders.encode_training_rows(train.columns),
                    labels=train.labels,
                    code_sizes=code_sizes(signature),
                ),
                holdout=asked,
                validation=chosen.validation,
                search=chosen.search,
            ),
            gates=compiled.definition.gates,
            seed=training.seed,
            tell=tell,
            wishes=compiled.wishes,
        )
        if trial.learned is not None:
            fitted = trial.learned.fitted
            subject = Subject(
                name=self.candidate,
                fitted=fitted,
                learned=trial.learned,
                task=task,
                metric=task.metric(compiled.definition.gates.metric),
                signature=signature,
                explainer=explainer_of(fitted, asked, signature, kind=task.estimator, seed=training.seed),
                seed=training.seed,
            )
            newest = None if folds is None else folds.folds[-1]
            self._keep(subject.explainer, *explain(subject, newest, asked, holdout, tell))
        return trial, signature

    def _keep(self, explainer: Explainer, explanation: Explanation, examples: ShapExamples | None) -> None:
        """Writes explainer and explanation, and rows in full where they may expire."""
        self.files.candidate(self.candidate).put(EXPLAINER, to_bytes(explainer))
        document = msgspec.json.format(msgspec.json.encode(explanation))
        self.files.candidate(self.candidate).put(EXPLANATION, document)
        if examples is not None:
            self.files.rows_of(self.candidate).put(EXAMPLES, msgspec.json.encode(examples))

    def _imported(
        self, digest: str, compiled: CompiledModel, signature: Signature, tell: Callable[[str], None]
    ) -> Trial:
        """The trial of a finished model, which was put beside the runs."""
        file = read_verified(self.files.store, ModelScope(compiled.name).imported(digest), digest)
        task, encoder = training_task_of(signature.task), Encoder(signature)
        model = imported_model(file, signature, task)
        validation = read_table(self.files, self.rows, "validation", signature, task)
        if task.estimator == "classifier":  # classes that no training row has cannot be answered
            validation = validation.where(validation.labels >= 0)
        tell(f"read {len(validation.labels)} validation rows for the imported {digest[:12]}")
        asked = (encoder.encode(validation.columns), validation.labels)
        holdout = read_columns(self.files, self.rows, "holdout", signature)
        rows, gates = encoder.encode(holdout), compiled.definition.gates
        seed = compiled.definition.training.seed
        trial = try_import(
            model, asked, rows, signature=signature, gates=gates, wishes=compiled.wishes, tell=tell
        )
        subject = Subject(
            name=self.candidate,
            fitted=model,
            learned=None,
            task=task,
            metric=task.metric(gates.metric),
            signature=signature,
            explainer=explainer_of(model, rows, signature, kind=task.estimator, seed=seed),
            seed=seed,
        )
        self._keep(subject.explainer, *explain_import(subject, asked, rows, holdout, tell))
        return trial

    def fail(self, error: Exception) -> None:
        """Records the failure for Judge; the state machine only sees a failed container."""
        failure = CandidateFailure(error=type(error).__name__, cause=str(error))
        self.files.candidate(self.candidate).put(FAILURE, msgspec.json.encode(failure))
