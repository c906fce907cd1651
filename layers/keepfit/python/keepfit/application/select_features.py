"""Selects the columns that a run's candidates train on, before any of them does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from keepfit.application.ports import StoredRows
from keepfit.application.stored_table import read_table
from keepfit.definitions.compiled_model import CompiledModel, decode_model
from keepfit.errors import NotFound
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.features.schema.signature import Signature, from_json
from keepfit.features.schema.types.base import type_of
from keepfit.layout import ModelScope
from keepfit.monitoring.drift.measure import measure_column
from keepfit.monitoring.drift.registry import statistic_of
from keepfit.monitoring.profiles.profile import profile_of
from keepfit.training.runs.run_files import DEFINITION, SELECTION, SIGNATURE, RunFiles
from keepfit.training.selection.narrowing import optional_inputs
from keepfit.training.selection.select import Question, select, unmeasured
from keepfit.training.selection.selection import ColumnSelection, FeatureSelection

# With fewer rows in either half, chance alone moves them apart.
_MIN_ROWS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionTask:
    """Selects the columns of one run."""

    files: RunFiles
    rows: StoredRows

    def run(self, tell: Callable[[str], None]) -> None:
        """Writes selection.json, which narrows the run's signature; doing it again writes the same again.

        ``tell`` hears what happens, line by line.
        """
        compiled = decode_model(self.files.get(DEFINITION))
        signature = from_json(self.files.get(SIGNATURE))
        task = training_task_of(signature.task)
        train, validation = (
            read_table(self.files, self.rows, part, signature, task) for part in ("train", "validation")
        )
        tell(f"read {len(train.labels)} training and {len(validation.labels)} validation rows")
        question = Question(
            signature=signature,
            task=task,
            metric=task.metric(compiled.definition.gates.metric),
            drift_scores=_drift_scores(compiled, signature, train.columns),
            drift_limit=compiled.definition.monitoring.threshold,
            seed=compiled.definition.training.seed,
        )
        selection = select(question, train, validation)
        selection = msgspec.structs.replace(
            selection,
            optional=_still_optional(self.files),
            columns=[_kept_segment(each, compiled.definition.segment_by) for each in selection.columns],
        )
        self.files.put(SELECTION, msgspec.json.format(msgspec.json.encode(selection)))
        _tell_of(selection, tell)

    def fail(self, error: Exception) -> None:
        """Records that nothing was selected, because of ``error``; candidates train on all columns."""
        signature = from_json(self.files.get(SIGNATURE))
        failed = unmeasured(signature, f"the selection failed: {type(error).__name__}: {error}")
        self.files.put(SELECTION, msgspec.json.format(msgspec.json.encode(failed)))


def _kept_segment(column: ColumnSelection, segment_by: str | None) -> ColumnSelection:
    """The column; kept in any case where its values are the segments."""
    if column.kept or column.column != segment_by:
        return column
    reason = f"it parts rows into segments; by itself it would be dropped: {column.reason}"
    return msgspec.structs.replace(column, kept=True, verdict="not dropped", reason=reason)


def _drift_scores(
    compiled: CompiledModel, signature: Signature, columns: Mapping[str, Any]
) -> dict[str, float]:
    """How far the later half of the rows, which are the oldest first, is from the earlier one, by column."""
    by = compiled.definition.monitoring.statistic
    statistic = {by: statistic_of(by)}
    types = {column.name: column.type for column in signature.model_columns if type_of(column.type).profile}
    rows = len(next(iter(columns.values()), ()))
    earlier, later = slice(0, rows // 2), slice(rows // 2, rows)
    if rows < _MIN_ROWS:
        return {}
    reference = profile_of({name: columns[name][earlier] for name in types}, types)
    window = reference.counts_of({name: columns[name][later] for name in types})
    measured = {
        name: measure_column(statistic, profile, window.columns[name], window.grids.get(name))
        for name, profile in reference.columns.items()
    }
    return {name: round(found[by].score, 6) for name, found in measured.items() if by in found}


def _still_optional(files: RunFiles) -> list[str]:
    """The fields that clients may have ceased to send, because the champion lets them."""
    run = files.run()
    if run.champion is None:
        return []
    key = ModelScope(run.model).version(run.champion.version) + SIGNATURE
    try:
        return sorted(optional_inputs(from_json(files.store.get(key))))
    except NotFound:
        return []


def _tell_of(selection: FeatureSelection, tell: Callable[[str], None]) -> None:
    if selection.refused:
        tell(f"kept all columns: {selection.refused}")
    for column in selection.columns:
        if not column.kept:
            tell(f"dropped {column.column}, {column.verdict}: {column.reason}")
    tell(f"kept {len(selection.kept)} of {len(selection.columns)} columns")
