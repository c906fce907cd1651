"""Reads the rows of a run where something is learned of them."""

from __future__ import annotations

import tempfile
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
    columns = read_columns(files, rows, part, signature, "_label", FOLD, FROM_FOLD)
    return Table(
        labels=task.encode_labels(columns.pop("_label")),
        fold=np.asarray(columns.pop(FOLD), dtype=np.int64),
        from_fold=np.asarray(columns.pop(FROM_FOLD), dtype=np.int64),
        columns=columns,
    )


def read_columns(
    files: RunFiles, rows: StoredRows, part: Part, signature: Signature, *more: str
) -> dict[str, npt.NDArray[Any]]:
    """The columns of the model, and ``more``, of one part."""
    with tempfile.TemporaryDirectory() as folder:
        path, kept = Path(folder) / ROWS.format(part=part), files.rows
        kept.store.get_file(kept.key(path.name), path)
        names = [column.name for column in signature.model_columns]
        return rows.columns(path, [*more, *names])
