"""The rows that batches score: 14 numbers, four whole ones and three categories, and two models of them."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from keepfit.features.encoding.matrix import Encoder
from keepfit.features.encoding.numbers import code_sizes
from keepfit.features.schema.signature import Column, Signature, to_json
from keepfit.training.recipes.estimator import Columns
from keepfit.training.recipes.preparation import one_hot_and_scaled
from keepfit.training.recipes.sklearn_onnx import to_onnx

NUMBERS = [f"x{n}" for n in range(14)]
WHOLE = [f"k{n}" for n in range(4)]
CATEGORIES = [f"c{n}" for n in range(3)]
VOCABULARY = [f"category {n}" for n in range(40)]
COLUMNS = len(NUMBERS) + len(WHOLE) + len(CATEGORIES)
MODELS = ("logistic", "boosting")
_TRAINED = 20_000
_STEPS = 150  # as keepfit's recipe has it


def write(folder: Path, rows: int) -> None:
    """``rows.parquet``, and of each model the pipeline as pandas uses it and the version as keepfit does."""
    random = np.random.default_rng(100)
    frame = _draw(random, rows)
    frame.to_parquet(folder / "rows.parquet", index=False)
    known = _draw(random, _TRAINED)
    labels = known["x0"].fillna(0) + known["x1"].fillna(0) * known["x2"].fillna(0) + known["k0"] / 50 > 1
    with threadpool_limits(1):
        for name in MODELS:
            _write_model(folder / name, name, known, labels.to_numpy())


def signature() -> Signature:
    """What keepfit's version reads."""
    return Signature(
        model="bench",
        label="late",
        event_time=None,
        columns=[
            *(Column(name=name, source="input", type="float", nullable=True) for name in NUMBERS),
            *(Column(name=name, source="input", type="int") for name in WHOLE),
            *(
                Column(name=name, source="input", type="category", vocabulary=VOCABULARY)
                for name in CATEGORIES
            ),
        ],
    )


def _draw(random: np.random.Generator, rows: int) -> pd.DataFrame:
    frame = pd.DataFrame({name: random.normal(size=rows) for name in NUMBERS})
    for name in NUMBERS[:4]:
        frame.loc[random.random(rows) < 0.05, name] = np.nan
    for name in WHOLE:
        frame[name] = random.integers(0, 100, rows)
    values = np.array([*VOCABULARY, "unheard of"], dtype=object)
    for name in CATEGORIES:
        frame[name] = values[random.integers(0, len(values), rows)]
    return frame


def _write_model(folder: Path, name: str, known: pd.DataFrame, labels: Any) -> None:
    folder.mkdir()
    pipeline = _pipeline(name).fit(known, labels)
    (folder / "pipeline.pickle").write_bytes(pickle.dumps(pipeline))
    own = signature()
    matrix = Encoder(own).encode({column: known[column] for column in known})
    estimator = _recipe(name, Columns(count=matrix.shape[1], code_sizes=code_sizes(own))).fit(matrix, labels)
    (folder / "model.onnx").write_bytes(to_onnx(estimator, columns=matrix.shape[1]))
    (folder / "signature.json").write_bytes(to_json(own))
    (folder / "release.json").write_text('{"model": "bench", "version": 1}')


def _pipeline(name: str) -> Pipeline:
    """What one writes by hand: a data frame into one-hot codes and scaled numbers, or into ordinal codes for trees."""
    if name == "logistic":
        numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
        prepared = make_column_transformer(
            (OneHotEncoder(handle_unknown="ignore"), CATEGORIES), (numbers, [*NUMBERS, *WHOLE])
        )
        return make_pipeline(prepared, _logistic())
    codes = OrdinalEncoder(
        categories=[VOCABULARY] * len(CATEGORIES), handle_unknown="use_encoded_value", unknown_value=-1
    )
    return make_pipeline(
        make_column_transformer(("passthrough", [*NUMBERS, *WHOLE]), (codes, CATEGORIES)), _boosting()
    )


def _recipe(name: str, columns: Columns) -> Any:
    """The same as keepfit's recipes have it."""
    return one_hot_and_scaled(columns, _logistic()) if name == "logistic" else _boosting()


def _logistic() -> LogisticRegression:
    return LogisticRegression(C=0.1, max_iter=300)


def _boosting() -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(max_iter=_STEPS, early_stopping=False, random_state=0)
