"""Logistic regression on one-hot codes and scaled numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from keepfit.training.recipes.estimator import Columns, EstimatorRecipe, imputer


def _assemble(parameters: Mapping[str, Any], columns: Columns) -> Pipeline:
    codes = sorted(columns.code_sizes)
    numbers = [column for column in range(columns.count) if column not in codes]
    codes_of = [np.arange(columns.code_sizes[column], dtype=np.float32) for column in codes]
    one_hot = OneHotEncoder(
        categories=codes_of, handle_unknown="ignore", sparse_output=False, dtype=np.float32
    )
    scaled = Pipeline([("impute", imputer()), ("scale", StandardScaler())])
    parts = [part for part in (("codes", one_hot, codes), ("numbers", scaled, numbers)) if part[2]]
    return Pipeline([("prepare", ColumnTransformer(parts)), ("model", LogisticRegression(**parameters))])


RECIPE = EstimatorRecipe(defaults={"C": 0.1, "max_iter": 300}, assemble=_assemble)
