"""Preparation of the matrix: codes one-hot, numbers imputed and scaled."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from keepfit.training.recipes.estimator import Columns


def imputer() -> SimpleImputer:
    """An imputer that replaces missing numbers by their column's median."""
    return SimpleImputer(strategy="median", keep_empty_features=True)


def one_hot_and_scaled(columns: Columns, model: Any) -> Pipeline:
    """A linear ``model`` behind one-hot codes and scaled numbers."""
    codes = sorted(columns.code_sizes)
    numbers = [column for column in range(columns.count) if column not in codes]
    known = [np.arange(columns.code_sizes[column], dtype=np.float32) for column in codes]
    one_hot = OneHotEncoder(categories=known, handle_unknown="ignore", sparse_output=False, dtype=np.float32)
    scaled = Pipeline([("impute", imputer()), ("scale", StandardScaler())])
    parts = [part for part in (("codes", one_hot, codes), ("numbers", scaled, numbers)) if part[2]]
    return Pipeline([("prepare", ColumnTransformer(parts)), ("model", model)])
