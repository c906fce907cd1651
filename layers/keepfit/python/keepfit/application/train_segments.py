"""Trains the models of a batch of segments, from the run's files to a file for each segment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from keepfit.application.ports import StoredRows
from keepfit.application.segment_fallback import fallback_of, plan_of_segments
from keepfit.application.stored_table import read_columns, read_table
from keepfit.definitions.compiled_model import CompiledModel, decode_model
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.features.schema.signature import from_json
from keepfit.training.definition import CandidateDefinition, tried
from keepfit.training.runs.run_files import DEFINITION, SEGMENT_TRIAL, SIGNATURE, RunFiles
from keepfit.training.search.time_limit import TimeLimitReached, time_limit
from keepfit.training.segments.fit_segment import try_segment
from keepfit.training.segments.plan import PlannedSegment
from keepfit.training.segments.segment_data import SegmentedTable
from keepfit.training.segments.segment_result import SegmentTrial, to_bytes
from keepfit.training.segments_definition import BATCH_TIMEOUT_S, SEGMENTED

# What is left of a batch's time reads and encodes the rows.
_SHARE_OF_TIME = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentsTask:
    """Trains the segments of one ``batch``, from 0, of a run."""

    batch: int
    files: RunFiles
    rows: StoredRows

    def run(self, tell: Callable[[str], None]) -> None:
        """Writes a file for each segment as soon as it was tried: a task that is killed loses no other.

        Doing it again tries those that are missing. ``tell`` hears what happens, line by line.
        """
        compiled, plan = decode_model(self.files.get(DEFINITION)), plan_of_segments(self.files)
        own, batch = self.files.candidate(SEGMENTED), plan.batch(self.batch)
        files = [
            SEGMENT_TRIAL.format(number=self.batch + place * plan.batches) for place in range(len(batch))
        ]
        missing = [both for both in zip(files, batch, strict=True) if own.find(both[0]) is None]
        if not missing:
            return
        fallback = self.files.candidate(fallback_of(self.files, compiled))
        task = training_task_of(from_json(fallback.get(SIGNATURE)).task)
        table = self._table(compiled, plan.by)
        tell(f"read {len(table.features)} training rows for {len(missing)} segments by {plan.by}")
        seconds = _SHARE_OF_TIME * BATCH_TIMEOUT_S / len(batch)
        for name, segment in missing:
            trial = _tried(segment, table, compiled, task, seconds)
            own.put(name, to_bytes(trial))
            tell(f"{segment.value!r}: {trial.fault or f'{trial.chosen} on {trial.rows} rows'}")

    def _table(self, compiled: CompiledModel, by: str) -> SegmentedTable:
        signature = self.files.signature()
        task = training_task_of(signature.task)
        train, validation = (
            read_table(self.files, self.rows, part, signature, task) for part in ("train", "validation")
        )
        holdout = read_columns(self.files, self.rows, "holdout", signature)
        seed = compiled.definition.training.seed
        return SegmentedTable.encoded(by, signature, train, validation, holdout, task=task, seed=seed)

    def fail(self, error: Exception) -> None:
        """Nothing: the fallback answers a segment that has no file, and the record says so."""


def _tried(
    segment: PlannedSegment,
    table: SegmentedTable,
    compiled: CompiledModel,
    task: TrainingTask,
    seconds: float,
) -> SegmentTrial:
    """The segment's trial, or why there is none: one segment never ends the others."""
    definition = compiled.definition
    try:
        with time_limit(seconds):
            return try_segment(
                table.segment(segment.value),
                _candidates(compiled, segment.rows),
                task=task,
                gates=definition.gates,
                seed=definition.training.seed,
            )
    except TimeLimitReached:
        fault = f"it took longer than {seconds:.0f} s"
    except Exception as error:  # noqa: BLE001 -- own code and converters raise anything
        fault = f"{type(error).__name__}: {error}"
    return SegmentTrial(value=segment.value, rows=segment.rows, fault=fault)


def _candidates(compiled: CompiledModel, rows: int) -> dict[str, CandidateDefinition]:
    """The candidates for so many rows, as they are defined.

    What a search found suits all rows, and not a few hundred.
    """
    named = compiled.definition.segments.candidates or list(compiled.candidates)
    chosen = {name: compiled.candidates[name] for name in named if name in compiled.candidates}
    return {name: chosen[name] for name in tried(chosen, rows)}
