"""Models that were finished elsewhere, as scikit-learn's converter leaves them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder


def by_column(
    table: pd.DataFrame, labels: Any, *, categories: list[str], opset: int = 17
) -> tuple[Any, bytes]:
    """A classifier of named columns and its export, which has an input for each."""
    numbers = [name for name in table.columns if name not in categories]
    prepared = ColumnTransformer(
        [
            ("categories", OneHotEncoder(handle_unknown="ignore", sparse_output=False), categories),
            ("numbers", SimpleImputer(), numbers),
        ]
    )
    estimator = Pipeline([("prepare", prepared), ("model", LogisticRegression(max_iter=5000))])
    estimator.fit(table, np.asarray(labels))
    types = [
        (name, StringTensorType([None, 1]) if name in categories else FloatTensorType([None, 1]))
        for name in table.columns
    ]
    exported = convert_sklearn(
        estimator,
        initial_types=types,
        options={"zipmap": False},
        target_opset={"": opset, "ai.onnx.ml": 3 if opset > 14 else 1},
    )
    return estimator, exported.SerializeToString()
