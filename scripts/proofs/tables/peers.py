"""The peers: plain scikit-learn pipelines, tuned over a few settings on the same rows.

Numbers as they are, categories ordinal, of times their parts, histogram gradient boosting; texts by TF-IDF into a
linear model. Settings are chosen by three folds of the training rows; the holdout is seen once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from proofs.tables.sources import Answers

Outputs = npt.NDArray[np.float64]

_FOLDS = 3
_PARTS_OF_TIMES = ("year", "month", "day_of_week", "hour")
_BOOSTING: dict[str, list[Any]] = {"learning_rate": [0.05, 0.1], "max_leaf_nodes": [15, 31]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The names of the columns by what they hold."""

    numbers: list[str]
    categories: list[str]
    texts: list[str]
    times: list[str]

    @property
    def of_times(self) -> dict[str, tuple[str, str]]:
        """What numbers are made of times: the name of each with the column and the part of it."""
        return {f"{name} {part}": (name, part) for name in self.times for part in _PARTS_OF_TIMES}

    @property
    def all_numbers(self) -> list[str]:
        """The columns that are numbers, or are made of times."""
        return [*self.numbers, *self.of_times]


def peer_outputs(
    train: pd.DataFrame, labels: npt.NDArray[Any], holdout: pd.DataFrame, columns: Columns, answers: Answers
) -> tuple[Outputs, list[Any]]:
    """What the tuned pipeline answers for the holdout, and its classes in the order of the columns.

    Returns:
        (rows,) values of a regression; (rows, classes) probabilities else.
    """
    pipeline, grid = _on_texts(columns, answers) if columns.texts else _on_columns(columns, answers)
    search = GridSearchCV(pipeline, grid, scoring=answers.scoring, cv=_FOLDS)
    # On a busy machine, boosting in several threads waits for itself most of the time.
    with threadpool_limits(limits=1):
        search.fit(_plain(train, columns), labels)
    best = search.best_estimator_
    if answers.amounts:
        return np.asarray(best.predict(_plain(holdout, columns)), dtype=np.float64), []
    outputs = best.predict_proba(_plain(holdout, columns))
    return np.asarray(outputs, dtype=np.float64), list(best.classes_)


def _on_columns(columns: Columns, answers: Answers) -> tuple[Pipeline, dict[str, list[Any]]]:
    ordinal = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-1, min_frequency=2
    )
    prepared = ColumnTransformer(
        [("codes", ordinal, columns.categories), ("numbers", "passthrough", columns.all_numbers)]
    )
    model = HistGradientBoostingRegressor if answers.amounts else HistGradientBoostingClassifier
    grid = {f"model__{name}": values for name, values in _BOOSTING.items()}
    return Pipeline([("prepared", prepared), ("model", model(random_state=0))]), grid


def _on_texts(columns: Columns, answers: Answers) -> tuple[Pipeline, dict[str, list[Any]]]:
    parts: list[tuple[str, Any, Any]] = [
        (name, TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True), name)
        for name in columns.texts
    ]
    if columns.categories:
        parts.append(("codes", OneHotEncoder(handle_unknown="ignore", min_frequency=5), columns.categories))
    if columns.all_numbers:
        numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
        parts.append(("numbers", numbers, columns.all_numbers))
    if answers.amounts:
        return Pipeline([("prepared", ColumnTransformer(parts)), ("model", Ridge())]), {
            "model__alpha": [0.3, 1, 3]
        }
    model = LogisticRegression(max_iter=2000)
    return Pipeline([("prepared", ColumnTransformer(parts)), ("model", model)]), {"model__C": [1, 10, 100]}


def _plain(rows: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """The columns as scikit-learn takes them; a missing text is an empty one."""
    frame = {name: rows[name].astype("float64") for name in columns.numbers}
    frame |= {made: getattr(rows[name].dt, part) for made, (name, part) in columns.of_times.items()}
    frame |= {
        name: rows[name].astype("object").where(rows[name].notna(), None) for name in columns.categories
    }
    frame |= {name: rows[name].fillna("").astype("object") for name in columns.texts}
    return pd.DataFrame(frame)
