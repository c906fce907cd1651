"""Everything that may be exported: every algorithm, with both kinds of columns or one, missing numbers included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.tasks.spec import BINARY
from keepfit.training.definition import Algorithm, CandidateDefinition
from keepfit.training.trials.candidates import fit
from tests.unit.training.support.tables import CODE_SIZES, rows

_COLUMNS = {"both": [0, 1, 2, 3, 4], "categories": [0, 1], "numbers": [2, 3, 4]}


def exports() -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each, always in the same order."""
    table, task = rows(300), training_task_of(BINARY)
    for algorithm in get_args(Algorithm):
        for kind, columns in _COLUMNS.items():
            sizes = {} if kind == "numbers" else CODE_SIZES
            candidate = CandidateDefinition(algorithm=algorithm)
            fitted = fit(
                candidate, table.features[:, columns], table.labels, task=task, code_sizes=sizes, seed=0
            )
            yield f"{algorithm}/{kind}", fitted.to_onnx()
