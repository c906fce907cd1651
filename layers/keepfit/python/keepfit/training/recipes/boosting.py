"""Recipes of boosting libraries: what LightGBM's and XGBoost's share."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sklearn.utils.class_weight import compute_sample_weight

from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.evaluation.tasks.target import Target
from keepfit.tasks.base import Outputs
from keepfit.training.recipes.base import Matrix, Problem, Shared, ValidationRows
from keepfit.training.recipes.estimator import between
from keepfit.training.recipes.search_space import SearchSpace
from keepfit.training.recipes.tree_ensemble_onnx import Ensemble, Link

_TREES, _STOPPING = "n_estimators", "early_stopping_rounds"
_LEAST_TREES, _MOST_TREES, _ROWS_PER_TREE = 400, 600, 10
_MANY_ROWS = 10_000
# Each step grows a tree for each class.
_MAX_TREES_OF_ALL, _LEAST_STEPS, _PATIENCE = 3_000, 10, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class BoostingRows:
    """Rows as any boosting library takes them.

    Args:
        features: (rows, columns).
        learned: (rows,) numbers: classes from 0 on, or what is learned of a target.
        weights: (rows,), None where all weigh the same.
    """

    features: Matrix
    learned: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoostingProblem:
    """A fit, as any boosting library takes it.

    Args:
        rows: what is learned from.
        validation: what says when to stop; None without.
        outputs: how many sums the trees make.
        link: what makes outputs of them.
        seed: makes every random choice.
        shared: keeps what fits with other parameters use too, by ``key``; None where no other follows.
        key: of the rows, their numbers and weights.
    """

    rows: BoostingRows
    validation: BoostingRows | None
    outputs: int
    link: Link
    seed: int
    shared: Shared | None = None
    key: tuple[Hashable, ...] = ()

    def binned(self, library: str, make: Callable[[], Any], *more: Hashable) -> Any:
        """The library's own form of the rows and of ``more`` parameters; made once where it is shared."""
        return make() if self.shared is None else self.shared.get((library, *self.key, *more), make)


@dataclass(frozen=True, slots=True, kw_only=True)
class Boosted:
    """A library's model: its own prediction, how many steps it kept, and how to read its trees."""

    answer: Callable[[Matrix], npt.NDArray[np.float64]]
    steps: int
    ensemble: Callable[[], Ensemble]


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedBoosting:
    """See ``base.Fitted``."""

    boosted: Boosted
    columns: int
    link: Link
    task: TrainingTask
    target: Target
    chosen: Mapping[str, Any] = field(default_factory=dict)

    def raw(self, features: Matrix) -> npt.NDArray[np.float64]:
        answers = np.asarray(self.boosted.answer(features), dtype=np.float64)
        if self.link == "sigmoid":
            return np.column_stack([1 - answers, answers])
        return self.target.predicted(answers.reshape(-1, 1)) if self.link == "target" else answers

    def predict(self, features: Matrix) -> Outputs:
        return self.task.serving.read([self.raw(features)])

    def to_onnx(self) -> bytes:
        return self.boosted.ensemble().to_onnx(columns=self.columns, link=self.link, target=self.target)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoostingRecipe:
    """See ``base.Recipe``.

    Args:
        tuned: the library's defaults for a number of training rows, beside how many trees.
        space: what a search may try.
        accepts: every parameter whose export is exact, by the library's name for scikit-learn.
        boost: fits; the parameters are checked.
    """

    tuned: Callable[[int], Mapping[str, Any]]
    space: SearchSpace
    accepts: frozenset[str]
    boost: Callable[[BoostingProblem, Mapping[str, Any]], Boosted]

    def defaults(self, task: TrainingTask, rows: int) -> Mapping[str, Any]:
        """More trees for more rows: validation rows say where to stop, if there are enough."""
        most = min(_MOST_TREES, max(_LEAST_STEPS, _MAX_TREES_OF_ALL // task.scores))
        trees = between(min(_LEAST_TREES, most), rows / _ROWS_PER_TREE, most)
        return {_TREES: trees, _STOPPING: _PATIENCE, **self.tuned(rows)}

    def search(self, task: TrainingTask) -> SearchSpace:  # noqa: ARG002  the same for all
        return self.space

    def stops_early(self, parameters: Mapping[str, Any]) -> bool:
        return bool(parameters.get(_STOPPING))

    def fit(self, problem: Problem, parameters: Mapping[str, Any], *, seed: int) -> FittedBoosting:
        given = self._checked(parameters)
        validation = problem.validation if self.stops_early(parameters) else None
        if validation is None:
            given.pop(_STOPPING, None)
        weight, link = given.pop("class_weight", None), _link(problem.task)
        boosted = self.boost(
            BoostingProblem(
                rows=_rows(problem, problem.target, weight),
                validation=None if validation is None else _rows(validation, problem.target, weight),
                outputs=problem.task.scores if link == "softmax" else 1,
                link=link,
                seed=seed,
                shared=problem.shared,
                key=(problem.target, repr(weight)),
            ),
            given,
        )
        return FittedBoosting(
            boosted=boosted,
            columns=problem.columns,
            link=link,
            task=problem.task,
            target=problem.target,
            chosen={} if validation is None else {_TREES: boosted.steps},
        )

    def _checked(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        unknown = sorted(parameters.keys() - self.accepts - _OF_EVERY)
        if unknown:
            able = ", ".join(sorted(self.accepts | _OF_EVERY))
            raise TypeError(f"{unknown[0]!r} is not a parameter whose export is exact; {able} are")
        steps = parameters[_TREES]
        if not isinstance(steps, int) or steps < 1:
            raise ValueError(f"{_TREES} must be a whole number above 0")
        return dict(parameters)


def library_parameters(
    parameters: Mapping[str, Any],
    problem: BoostingProblem,
    *,
    objectives: Mapping[Link, str],
    always: Mapping[str, Any],
) -> dict[str, Any]:
    """The parameters of a library's fit: a definition's, and those that the problem and exactness fix."""
    classes = {"num_class": problem.outputs} if problem.link == "softmax" else {}
    return {**parameters, **always, "objective": objectives[problem.link], "seed": problem.seed, **classes}


def learning_rate(rows: int) -> float:
    """Of many training rows larger steps, so that the most trees there may be are enough."""
    return 0.05 if rows < _MANY_ROWS else 0.1


_OF_EVERY: Final = frozenset({_TREES, _STOPPING, "class_weight", "learning_rate", "reg_alpha", "reg_lambda"})


def _rows(part: Problem | ValidationRows, target: Target, class_weight: Any) -> BoostingRows:
    return BoostingRows(
        features=part.features,
        learned=np.asarray(target.learned(part.labels), dtype=np.float64),
        # Rows that stop a fit weigh like those that it learns from: else a weighted one would stop at once.
        weights=None if class_weight is None else compute_sample_weight(class_weight, part.labels),
    )


def _link(task: TrainingTask) -> Link:
    if task.estimator == "regressor":
        return "target"
    # A library's own form for two classes: one sum, not two.
    return "sigmoid" if task.scores <= 2 else "softmax"
