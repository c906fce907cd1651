"""keepfit's search: `python -m tests.bench.search.with_keepfit <engine> <folder>`.

What the training task does of rows that it has read: folds, trials, whether the best is surely better than the
candidate as it is, and that fitted to all rows.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits

from keepfit.evaluation.tasks.answer_definition import Wishes
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.features.schema.signature import Column, Signature
from keepfit.tasks.spec import BINARY
from keepfit.training.definition import CandidateDefinition
from keepfit.training.recipes.base import Fitted
from keepfit.training.search.confirm import confirm
from keepfit.training.search.search import Search
from keepfit.training.search_definition import SearchDefinition
from keepfit.training.trials.fit_candidate import fit
from keepfit.training.trials.validation import Table, encode_folds
from tests.bench.search.rows import COLUMNS, read
from tests.bench.worker import take_turns

_NAMES = [f"c{number}" for number in range(COLUMNS)]
_VALIDATES = 0.2
_TASK = training_task_of(BINARY)


def main(folder: Path, engine: Any, candidates: int) -> None:
    features, labels = read(folder, "train")
    defined = CandidateDefinition(algorithm="hist_gradient_boosting")
    columns = [Column(name=name, source="input", type="float") for name in _NAMES]
    signature = Signature(model="m", label="l", event_time=None, columns=columns, task=BINARY)

    def searched() -> Fitted:
        table = Table(
            columns=dict(zip(_NAMES, features.T, strict=True)),
            labels=labels,
            fold=(np.arange(len(labels)) >= (1 - _VALIDATES) * len(labels)).astype(np.int64),
            from_fold=np.ones(len(labels), np.int64),
        )
        folds = encode_folds(table, table, signature=signature, task=_TASK, seed=0)
        assert folds is not None
        search = Search(
            name="boosting",
            candidate=defined,
            folds=folds,
            definition=SearchDefinition(engine=engine, trials=candidates, minutes=60),
            trials=candidates,
            metric=_TASK.metric("roc_auc"),
            wishes=Wishes(),
            seed=0,
        )
        found = confirm(
            search.run(lambda _: None), defined, folds, metric=search.metric, wishes=search.wishes, seed=0
        )
        assert found.validation is not None
        chosen = {**found.candidate.parameters, **found.validation.parameters[0]}
        candidate = msgspec.structs.replace(found.candidate, parameters=chosen)
        return fit(candidate, features, labels, task=_TASK, code_sizes={}, seed=0)

    def answer(fitted: Fitted) -> Mapping[str, float]:
        unseen, truths = read(folder, "test")
        return {"roc_auc": float(roc_auc_score(truths, fitted.raw(unseen)[:, 1]))}

    threadpool_limits(1)  # as in the training image
    take_turns(searched, answer=answer, packages=("scikit-learn", "optuna"))


if __name__ == "__main__":
    engine, count = sys.argv[1].split(":")
    main(Path(sys.argv[2]), engine, int(count))
