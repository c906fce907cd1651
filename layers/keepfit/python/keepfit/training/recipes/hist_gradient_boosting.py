"""Histogram gradient boosting on codes and raw numbers: small steps, few but large leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from keepfit.training.recipes.estimator import Columns, EstimatorRecipe


def _assemble(parameters: Mapping[str, Any], _columns: Columns) -> HistGradientBoostingClassifier:
    # Codes are ordered by label rate and NaN is its own branch: categorical_features and imputing would both break
    # the export.
    return HistGradientBoostingClassifier(**parameters)


def _round_splits_down(estimator: HistGradientBoostingClassifier) -> None:
    """Rounds float64 split thresholds to float32, which changes no answer to float32 rows.

    ONNX holds float32 thresholds, and the converter rounds to the nearest: a value between both would change sides.
    For float32 x, ``x <= t`` is ``x <= the largest float32 not above t``. The converter does so for forests itself.
    """
    for (tree,) in estimator._predictors:  # noqa: SLF001 -- the trees, where the converter reads them too
        exact = tree.nodes["num_threshold"]
        rounded = exact.astype(np.float32)
        above = rounded.astype(np.float64) > exact
        tree.nodes["num_threshold"] = np.where(above, np.nextafter(rounded, np.float32(-np.inf)), rounded)


RECIPE = EstimatorRecipe(
    defaults={
        "max_iter": 150,
        "learning_rate": 0.05,
        "max_leaf_nodes": 15,
        "min_samples_leaf": 100,
        "max_features": 0.3,
        "l2_regularization": 1.0,
        "early_stopping": False,
    },
    assemble=_assemble,
    finish=_round_splits_down,
)
