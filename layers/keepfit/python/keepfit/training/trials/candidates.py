"""A candidate of a definition, fitted by the recipe of its algorithm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from keepfit.errors import EmptyWindow, InvalidDefinition
from keepfit.training.definition import CandidateDefinition
from keepfit.training.recipes.base import Fitted, Labels, Matrix
from keepfit.training.recipes.registry import recipe_of


def fit(
    candidate: CandidateDefinition,
    features: Matrix,
    labels: Labels,
    *,
    code_sizes: Mapping[int, int],
    seed: int,
) -> Fitted:
    """The candidate, fitted.

    Args:
        candidate: algorithm, and parameters that replace the recipe's defaults.
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
    parameters = effective_parameters(candidate)
    try:
        return recipe_of(candidate.algorithm).fit(
            _without_empty_columns(features),
            labels,
            parameters=_by_label(parameters),
            code_sizes=code_sizes,
            seed=seed,
        )
    except (TypeError, ValueError) as error:
        hint = "; scikit-learn's names are meant" if "unexpected keyword" in str(error) else ""
        raise InvalidDefinition(f"{candidate.algorithm} with {parameters}: {error}{hint}") from error


def effective_parameters(candidate: CandidateDefinition) -> dict[str, Any]:
    """The recipe's defaults with the definition's own parameters over them."""
    return {**recipe_of(candidate.algorithm).defaults, **candidate.parameters}


def _without_empty_columns(features: Matrix) -> Matrix:
    """Zeros in columns that hold no number at all: nothing is learned from them, and binning would fail on them."""
    empty = np.isnan(features).all(axis=0)
    return np.where(empty, np.float32(0), features) if empty.any() else features


def _by_label(parameters: dict[str, Any]) -> dict[str, Any]:
    """Weights by the labels themselves, which the keys of a TOML table can only spell."""
    weights = parameters.get("class_weight")
    if not isinstance(weights, Mapping):
        return parameters
    return {**parameters, "class_weight": {name == "true": weight for name, weight in weights.items()}}
