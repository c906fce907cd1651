"""Which candidates have a search space, by definitions and listings alone, without a recipe."""

from __future__ import annotations

from collections.abc import Mapping

from keepfit.evaluation.tasks.estimator import Estimator
from keepfit.training.definition import CandidateDefinition, tried
from keepfit.training.recipes.registry import LISTINGS


def searched_candidates(
    candidates: Mapping[str, CandidateDefinition], estimator: Estimator, rows: int
) -> list[str]:
    """The names of those that are tried with so many training rows and have a space.

    >>> line = CandidateDefinition(algorithm="logistic_regression")
    >>> some = {"a": line, "b": CandidateDefinition(algorithm="logistic_regression", parameters={"C": 1.0})}
    >>> searched_candidates(some, "classifier", 1_000)
    ['a']
    """
    return [name for name in tried(candidates, rows) if has_space(candidates[name], estimator)]


def has_space(candidate: CandidateDefinition, estimator: Estimator) -> bool:
    """Whether a candidate has a space: its own, or its recipe's beside the parameters that it sets."""
    if candidate.search is not None:
        return bool(candidate.search)
    names = LISTINGS[candidate.algorithm].searched.get(estimator, ())
    return any(name not in candidate.parameters for name in names)
