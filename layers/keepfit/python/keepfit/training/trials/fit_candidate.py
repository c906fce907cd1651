"""Fits a candidate of a definition by the recipe of its algorithm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from keepfit.errors import EmptyWindow, InvalidDefinition
from keepfit.evaluation.metrics.base import Labels
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.evaluation.tasks.target import Target
from keepfit.training.definition import CandidateDefinition
from keepfit.training.recipes.base import Fitted, Matrix, Problem, Recipe
from keepfit.training.recipes.own_code import OwnCode
from keepfit.training.recipes.registry import recipe_of


def fit(
    candidate: CandidateDefinition,
    features: Matrix,
    labels: Labels,
    *,
    task: TrainingTask,
    code_sizes: Mapping[int, int],
    seed: int,
    target: Target | None = None,
) -> Fitted:
    """Fits a candidate to its end, by default to the plainest target; see ``fit_problem``."""
    target = target or task.targets(labels)[0]
    problem = Problem(features=features, labels=labels, task=task, target=target, code_sizes=code_sizes)
    return fit_problem(candidate, problem, seed=seed)


def fit_problem(candidate: CandidateDefinition, problem: Problem, *, seed: int) -> Fitted:
    """Fits a candidate: its algorithm, with parameters that replace the recipe's defaults.

    Raises:
        EmptyWindow: labels of which nothing can be learned.
        InvalidDefinition: a parameter that the algorithm does not know or accept.
    """
    nothing_learned = problem.task.refuse(problem.labels)
    if nothing_learned:
        raise EmptyWindow(f"the training part has {nothing_learned}; a longer training.window may help")
    parameters = effective_parameters(candidate, problem.task, len(problem.labels))
    try:
        return _recipe(candidate).fit(
            replace(problem, features=_without_empty_columns(problem.features)),
            _by_label(parameters, problem.task),
            seed=seed,
        )
    except (TypeError, ValueError) as error:
        hint = "; scikit-learn's names are meant" if "unexpected keyword" in str(error) else ""
        raise InvalidDefinition(f"{candidate.algorithm} with {parameters}: {error}{hint}") from error


def stops_early(candidate: CandidateDefinition, task: TrainingTask, rows: int) -> bool:
    """Whether validation rows make a difference to ``fit_problem`` on so many rows."""
    return _recipe(candidate).stops_early(effective_parameters(candidate, task, rows))


def effective_parameters(candidate: CandidateDefinition, task: TrainingTask, rows: int) -> dict[str, Any]:
    """The recipe's defaults with the definition's own parameters over them."""
    return {**_recipe(candidate).defaults(task, rows), **candidate.parameters}


def _recipe(candidate: CandidateDefinition) -> Recipe:
    recipe = recipe_of(candidate.algorithm)
    return recipe if candidate.code is None else OwnCode(code=candidate.code)


def _without_empty_columns(features: Matrix) -> Matrix:
    """Replaces columns without any number by zeros: binning would fail on them."""
    empty = np.isnan(features).all(axis=0)
    return np.where(empty, np.float32(0), features) if empty.any() else features


def _by_label(parameters: dict[str, Any], task: TrainingTask) -> dict[str, Any]:
    """Class weights by encoded label; the keys of a TOML table are texts."""
    weights = parameters.get("class_weight")
    if not isinstance(weights, Mapping):
        return parameters
    return {**parameters, "class_weight": {task.class_of(name): weight for name, weight in weights.items()}}
