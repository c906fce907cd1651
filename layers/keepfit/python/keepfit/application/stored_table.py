"""Reads the rows of a run where something is learned of them."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from keepfit.application.ports import FOLD, FROM_FOLD, Part, StoredRows
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.features.schema.signature import Signature
from keepfit.training.runs.run_files import ROWS, RunFiles
from keepfit.training.trials.validation import Table


def read_table(
    files: RunFiles, rows: StoredRows, part: Part, signature: Signature, task: TrainingTask
) -> Table:
    """The rows of a part that trains or validates."""
    return _table(read_columns(files, rows, part, signature, "_label", FOLD, FROM_FOLD), task)


def read_labels(files: RunFiles, rows: StoredRows, part: Part, task: TrainingTask) -> Table:
    """The same without any column: the labels, and what folds they are in."""
    columns = read_values(files, rows, part, ["_label", FOLD, FROM_FOLD])
    return _table(columns, task)


def read_columns(
    files: RunFiles, rows: StoredRows, part: Part, signature: Signature, *more: str
) -> dict[str, npt.NDArray[Any]]:
    """The columns of the model, and ``more``, of one part."""
    return read_values(files, rows, part, [*more, *(column.name for column in signature.model_columns)])


def read_values(
    files: RunFiles, rows: StoredRows, part: Part, names: Sequence[str]
) -> dict[str, npt.NDArray[Any]]:
    """The columns of one part by their names."""
    with tempfile.TemporaryDirectory() as folder:
        path, kept = Path(folder) / ROWS.format(part=part), files.rows
        kept.store.get_file(kept.key(path.name), path)
        return rows.columns(path, names)


def _table(columns: dict[str, npt.NDArray[Any]], task: TrainingTask) -> Table:
    return Table(
        labels=task.encode_labels(columns.pop("_label")),
        fold=np.asarray(columns.pop(FOLD), dtype=np.int64),
        from_fold=np.asarray(columns.pop(FROM_FOLD), dtype=np.int64),
        columns=columns,
    )
