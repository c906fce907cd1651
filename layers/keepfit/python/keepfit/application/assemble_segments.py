"""Assembles the models of a run's segments into one more candidate, which is judged like the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
import numpy as np

from keepfit.application.arrays import from_npy, to_npy
from keepfit.application.ports import StoredRows
from keepfit.application.segment_fallback import fallback_of, plan_of_segments
from keepfit.application.stored_table import read_labels, read_values
from keepfit.definitions.compiled_model import CompiledModel, decode_model
from keepfit.errors import NoCandidate
from keepfit.evaluation.metrics.base import Labels
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.explanations import explainer as explainers
from keepfit.features.schema.signature import from_json, to_json
from keepfit.registry.segment_pack import SEGMENTS, pack_segments
from keepfit.registry.versions import EXPLAINER
from keepfit.tasks.base import Outputs
from keepfit.tasks.spec import TaskSpec
from keepfit.training.explanation.explainers import DRAWN_UNIT
from keepfit.training.runs.failures import CandidateFailure
from keepfit.training.runs.run_files import (
    DEFINITION,
    EXPLANATION,
    FAILURE,
    MODEL,
    REPORT,
    SCORES,
    SEGMENT_RECORD,
    SEGMENT_TRIAL,
    SIGNATURE,
    VALIDATION_SCORES,
    CandidateFiles,
    RunFiles,
)
from keepfit.training.segments.assembling import Assembled, Fallback, assemble
from keepfit.training.segments.plan import SegmentPlan
from keepfit.training.segments.segment_folds import SegmentRows
from keepfit.training.segments.segment_result import SegmentTrial, from_bytes
from keepfit.training.segments_definition import SEGMENTED
from keepfit.training.trials.report import TrialReport
from keepfit.training.trials.validation import rows_of_folds


@dataclass(frozen=True, slots=True, kw_only=True)
class AssemblyTask:
    """Assembles the segments of one run."""

    files: RunFiles
    rows: StoredRows

    def run(self, tell: Callable[[str], None]) -> None:
        """Writes the candidate ``segmented``: model, pack, signature, scores, record and, last, report.

        Doing it again writes the same files again. ``tell`` hears what happens, line by line.

        Raises:
            NoCandidate: no segment surely gains by a model of its own.
        """
        compiled, plan = decode_model(self.files.get(DEFINITION)), plan_of_segments(self.files)
        name = fallback_of(self.files, compiled)
        own, base = self.files.candidate(SEGMENTED), self.files.candidate(name)
        trials = self._trials(own, plan)
        fallback = self._fallback(name, base)
        assembled = assemble(
            plan, trials, fallback, gates=compiled.definition.gates, seed=compiled.definition.training.seed
        )
        own.put(SEGMENT_RECORD, msgspec.json.format(msgspec.json.encode(assembled.record)))
        summary = assembled.record.summary()
        if not summary.own:
            raise NoCandidate(_nobody(len(plan.segments), summary.reasons))
        spec = self._settled(compiled, fallback.labels, assembled.outputs)
        self._write(own, base, assembled, plan, spec, compiled.definition.training.seed)
        tell(summary.told)

    def _trials(self, own: CandidateFiles, plan: SegmentPlan) -> list[SegmentTrial]:
        """The trial of each planned segment; what is missing says that its task left nothing."""
        lost = "its task left nothing; see the task's log"
        bodies = [own.find(SEGMENT_TRIAL.format(number=number)) for number in range(len(plan.segments))]
        return [
            SegmentTrial(value=segment.value, rows=segment.rows, fault=lost)
            if body is None
            else from_bytes(body)
            for segment, body in zip(plan.segments, bodies, strict=True)
        ]

    def _fallback(self, name: str, base: CandidateFiles) -> Fallback:
        """The fallback's answers to the rows that validate, with their labels."""
        signature = from_json(base.get(SIGNATURE))
        task = training_task_of(signature.task)
        train, validation = (
            read_labels(self.files, self.rows, part, task) for part in ("train", "validation")
        )
        asked = [rows for _, rows in rows_of_folds(train, validation, task)]
        labels = validation.labels[np.concatenate(asked)]
        outputs = from_npy(base.get(VALIDATION_SCORES))
        return Fallback(name=name, task=task, labels=labels, outputs=outputs)

    def _settled(self, compiled: CompiledModel, labels: Labels, outputs: Outputs) -> TaskSpec:
        """What the candidate's answers mean: threshold and interval of its own, as of any other."""
        task: TrainingTask = training_task_of(self.files.signature().task)
        return task.settled(compiled.wishes, labels, outputs)

    def _write(
        self,
        own: CandidateFiles,
        base: CandidateFiles,
        assembled: Assembled,
        plan: SegmentPlan,
        spec: TaskSpec,
        seed: int,
    ) -> None:
        model, pack = base.get(MODEL), pack_segments(plan.by, assembled.models)
        scores = from_npy(base.get(SCORES)).copy()
        rows = SegmentRows.of(read_values(self.files, self.rows, "holdout", [plan.by]), plan.by)
        for value, answers in assembled.scores.items():
            scores[rows.rows_of(value)] = answers
        own.put(MODEL, model)
        own.put(SEGMENTS, pack)
        own.put(SIGNATURE, to_json(msgspec.structs.replace(from_json(base.get(SIGNATURE)), task=spec)))
        own.put(SCORES, to_npy(scores))
        explained = base.find(EXPLANATION)
        if explained is not None:  # it names the fallback, whose answers it explains
            own.put(EXPLANATION, explained)
        explainer = base.find(EXPLAINER)
        if explainer is not None:
            unit = DRAWN_UNIT[training_task_of(spec).estimator]
            drawn = explainers.from_bytes(explainer).drawn(unit, seed)
            own.put(EXPLAINER, explainers.to_bytes(drawn))
        report = self._report(assembled, spec, len(model) + len(pack))
        own.put(REPORT, msgspec.json.format(msgspec.json.encode(report, order="sorted")))

    def _report(self, assembled: Assembled, spec: TaskSpec, model_bytes: int) -> TrialReport:
        summary = assembled.record.summary()
        reports = {
            name: report
            for name in {summary.fallback, *summary.candidates}
            if (report := self.files.candidate(name).report()) is not None
        }
        of_fallback = reports[summary.fallback]
        packages = {name: version for report in reports.values() for name, version in report.packages.items()}
        return msgspec.structs.replace(
            of_fallback,
            candidate=SEGMENTED,
            algorithm=SEGMENTED,
            parameters={"segment_by": summary.by, "fallback": summary.fallback},
            fit_seconds=round(of_fallback.fit_seconds + assembled.fit_seconds, 3),
            model_bytes=model_bytes,
            metrics=training_task_of(spec).measure(assembled.labels, assembled.outputs),
            parity=assembled.parity(of_fallback.parity),
            answers=msgspec.to_builtins(spec),
            search=None,
            code_sha256=None,
            packages=dict(sorted(packages.items())),
            segments=msgspec.to_builtins(summary),
        )

    def fail(self, error: Exception) -> None:
        """Records the failure for Judge, which goes on with the candidates that answer all rows by one model."""
        failure = CandidateFailure(error=type(error).__name__, cause=str(error))
        self.files.candidate(SEGMENTED).put(FAILURE, msgspec.json.encode(failure))


def _nobody(planned: int, reasons: dict[str, int]) -> str:
    told = "; ".join(f"{count} of them: {reason}" for reason, count in reasons.items())
    return f"none of {planned} segments has a model of its own: {told}"
