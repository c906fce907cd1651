"""scikit-learn's RandomizedSearchCV: `python -m tests.bench.search.with_sklearn <folder>`.

As many candidates from the same space as keepfit's search, each by five folds, and the best fitted to all rows.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import loguniform, uniform
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import RandomizedSearchCV
from threadpoolctl import threadpool_limits

from tests.bench.search.rows import read
from tests.bench.worker import take_turns

_FOLDS = 5
# As keepfit's recipe has it.
_STEPS = 150


class _LogWhole:
    """Whole numbers, evenly from their logarithms, as scipy has none."""

    def __init__(self, low: int, high: int) -> None:
        self._ends = np.log(low), np.log(high)

    def rvs(self, random_state: np.random.RandomState) -> int:
        return round(float(np.exp(random_state.uniform(*self._ends))))


SPACE: Mapping[str, Any] = {
    "learning_rate": loguniform(0.02, 0.4),
    "max_leaf_nodes": _LogWhole(4, 63),
    "min_samples_leaf": _LogWhole(5, 200),
    "max_features": uniform(0.2, 0.8),
    "l2_regularization": loguniform(0.01, 30),
}


def main(folder: Path, candidates: int) -> None:
    features, labels = read(folder, "train")

    def searched() -> RandomizedSearchCV:
        return RandomizedSearchCV(
            HistGradientBoostingClassifier(max_iter=_STEPS, early_stopping=False, random_state=0),
            SPACE,
            n_iter=candidates,
            cv=_FOLDS,
            scoring="roc_auc",
            random_state=0,
        ).fit(features, labels)

    def answer(search: RandomizedSearchCV) -> Mapping[str, float]:
        unseen, truths = read(folder, "test")
        return {"roc_auc": float(roc_auc_score(truths, search.predict_proba(unseen)[:, 1]))}

    threadpool_limits(1)  # as in the training image
    take_turns(searched, answer=answer, packages=("scikit-learn",))


if __name__ == "__main__":
    main(Path(sys.argv[2]), int(sys.argv[1]))
