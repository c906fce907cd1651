"""The algorithms that a model may be made of, as scikit-learn estimators on the encoded matrix.

Every estimator reads (rows, columns) float32: categories are whole codes (0 missing, 1 other, 2 and up known), missing
numbers are NaN. It exports to ONNX exactly, and the same rows, parameters and seed give the same estimator.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from keepfit.errors import EmptyWindow, InvalidDefinition
from keepfit.training.definition import Algorithm, CandidateDefinition

Matrix = npt.NDArray[np.float32]
Labels = npt.NDArray[np.bool_]
Probabilities = npt.NDArray[np.float64]

# Good on tables of 10^4 to 10^5 rows with a noisy label: small steps, few leaves, large leaves. One core fits each of
# them to 80,000 x 15 in under 4 s, and the largest export, the forest's, stays near 1.5 MB.
DEFAULTS: Mapping[Algorithm, Mapping[str, Any]] = {
    "logistic_regression": {"C": 0.1, "max_iter": 300},
    "hist_gradient_boosting": {
        "max_iter": 150,
        "learning_rate": 0.05,
        "max_leaf_nodes": 15,
        "min_samples_leaf": 100,
        "max_features": 0.3,
        "l2_regularization": 1.0,
        "early_stopping": False,
    },
    "random_forest": {
        "n_estimators": 60,
        "max_leaf_nodes": 300,
        "min_samples_leaf": 30,
        "max_features": 0.3,
        "max_samples": 0.5,
    },
}


def fit(
    candidate: CandidateDefinition,
    features: Matrix,
    labels: Labels,
    *,
    code_sizes: Mapping[int, int],
    seed: int,
) -> Any:
    """The candidate's estimator, fitted.

    Args:
        candidate: algorithm, and parameters that replace the defaults.
        features: (rows, columns) float32 encoded matrix.
        labels: (rows,) the answers.
        code_sizes: column number of each category to how many codes it has, 0 and 1 included.
        seed: makes every random choice.

    Raises:
        EmptyWindow: all labels are the same, so there is nothing to tell apart.
        InvalidDefinition: a parameter that the algorithm does not know or accept.
    """
    if labels.all() or not labels.any():
        raise EmptyWindow(
            f"all {len(labels)} training rows have the same label; a longer training.window may hold both"
        )
    estimator = _assemble(candidate, code_sizes=code_sizes, columns=features.shape[1], seed=seed)
    try:
        return estimator.fit(_without_empty_columns(features), labels)
    except (TypeError, ValueError) as error:
        raise InvalidDefinition(
            f"{candidate.algorithm} with {effective_parameters(candidate)}: {error}"
        ) from error


def _without_empty_columns(features: Matrix) -> Matrix:
    """Zeros in columns that hold no number at all: nothing is learned from them, and binning would fail on them."""
    empty = np.isnan(features).all(axis=0)
    return np.where(empty, np.float32(0), features) if empty.any() else features


def probabilities(estimator: Any, features: Matrix) -> Probabilities:
    """(rows,) P(label is true) for (rows, columns) float32, as the estimator itself computes it."""
    return np.asarray(estimator.predict_proba(features)[:, 1], dtype=np.float64)


def effective_parameters(candidate: CandidateDefinition) -> dict[str, Any]:
    """The defaults with the definition's own parameters over them."""
    return {**DEFAULTS[candidate.algorithm], **candidate.parameters}


def _assemble(
    candidate: CandidateDefinition, *, code_sizes: Mapping[int, int], columns: int, seed: int
) -> Any:
    parameters = {**_by_label(effective_parameters(candidate)), "random_state": seed}
    try:
        match candidate.algorithm:
            case "logistic_regression":
                return _logistic(parameters, code_sizes, columns)
            case "hist_gradient_boosting":
                # Codes are ordered by label rate and NaN is its own branch: categorical_features and imputing would
                # both break the export.
                return HistGradientBoostingClassifier(**parameters)
            case "random_forest":
                # A forest trained with NaN exports wrongly, so it never sees one.
                return Pipeline([("impute", _imputer()), ("forest", RandomForestClassifier(**parameters))])
    except TypeError as error:
        raise InvalidDefinition(f"{candidate.algorithm}: {error}; scikit-learn's names are meant") from error


def _by_label(parameters: dict[str, Any]) -> dict[str, Any]:
    """Weights by the labels themselves, which the keys of a TOML table can only spell."""
    weights = parameters.get("class_weight")
    if not isinstance(weights, Mapping):
        return parameters
    return {**parameters, "class_weight": {name == "true": weight for name, weight in weights.items()}}


def _logistic(parameters: dict[str, Any], code_sizes: Mapping[int, int], columns: int) -> Pipeline:
    codes = sorted(code_sizes)
    numbers = [column for column in range(columns) if column not in code_sizes]
    known = [np.arange(code_sizes[column], dtype=np.float32) for column in codes]
    one_hot = OneHotEncoder(categories=known, handle_unknown="ignore", sparse_output=False, dtype=np.float32)
    scaled = Pipeline([("impute", _imputer()), ("scale", StandardScaler())])
    parts = [part for part in (("codes", one_hot, codes), ("numbers", scaled, numbers)) if part[2]]
    return Pipeline([("prepare", ColumnTransformer(parts)), ("model", LogisticRegression(**parameters))])


def _imputer() -> SimpleImputer:
    return SimpleImputer(strategy="median", keep_empty_features=True)
