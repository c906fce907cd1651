"""Everything that may be exported: every algorithm of every task, on both kinds of columns or one."""

from __future__ import annotations

from collections.abc import Iterator

from keepfit.training.definition import CandidateDefinition
from keepfit.training.trials.candidates import fit
from tests.unit.training.support.tables import CODE_SIZES, PAIRS, rows, task_of

_COLUMNS = {"both": [0, 1, 2, 3, 4], "categories": [0, 1], "numbers": [2, 3, 4]}


def exports() -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each, always in the same order."""
    for kind, algorithm in PAIRS:
        table, task = rows(300, kind=kind), task_of(kind)
        for held, columns in _COLUMNS.items():
            sizes = {} if held == "numbers" else CODE_SIZES
            candidate = CandidateDefinition(algorithm=algorithm)
            fitted = fit(
                candidate, table.features[:, columns], table.labels, task=task, code_sizes=sizes, seed=0
            )
            yield f"{kind}/{algorithm}/{held}", fitted.to_onnx()
