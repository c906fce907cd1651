"""Everything that may be exported: every algorithm of every task."""

from __future__ import annotations

from collections.abc import Iterator

from keepfit.training.definition import CandidateDefinition
from keepfit.training.recipes.registry import STACKING, recipe_of
from keepfit.training.trials.fit_candidate import fit
from tests.unit.training.support.tables import CODE_SIZES, PAIRS, rows, task_of

# Enough of them to be exported in any order.
_FEW = {"n_estimators": 12, "max_iter": 12}
_OF_MEMBERS = {f"{member}__n_estimators": 12 for member in ("lightgbm", "xgboost")}
_COLUMNS = {"both": [0, 1, 2, 3, 4], "categories": [0, 1], "numbers": [2, 3, 4]}


def exports() -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each, always in the same order."""
    for kind, algorithm in PAIRS:
        table, task = rows(300, kind=kind), task_of(kind)
        for held, columns in _COLUMNS.items():
            sizes = {} if held == "numbers" else CODE_SIZES
            known = recipe_of(algorithm).defaults(task, len(table.labels))
            few = {name: count for name, count in _FEW.items() if name in known}
            few |= _OF_MEMBERS if algorithm == STACKING else {}
            candidate = CandidateDefinition(algorithm=algorithm, parameters=few)
            fitted = fit(
                candidate, table.features[:, columns], table.labels, task=task, code_sizes=sizes, seed=0
            )
            yield f"{kind}/{algorithm}/{held}", fitted.to_onnx()
