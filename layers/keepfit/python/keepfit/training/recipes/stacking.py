"""Stacking: the weighted mean of several algorithms' answers, in one exact graph.

Weights are chosen by rows that validate: of values by non-negative least squares (Breiman, "Stacked regressions",
1996), of probabilities by likelihood (Yao et al., "Using stacking to average Bayesian predictive distributions", 2018).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnx
from onnx import compose
from scipy.optimize import nnls

from keepfit.evaluation.metrics.base import Labels
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.evaluation.tasks.estimator import Estimator
from keepfit.tasks.base import PROBABILITIES, VALUES, Outputs
from keepfit.training.recipes.base import Fitted, Matrix, Problem, ValidationRows, with_every_class
from keepfit.training.recipes.canonical_onnx import canonical
from keepfit.training.recipes.onnx_tail import GraphTail
from keepfit.training.recipes.registry import LISTINGS, OWN_CODE, STACKING, recipe_of
from keepfit.training.recipes.search_space import SearchSpace

Weights = Mapping[str, float]
Floats = npt.NDArray[np.float64]

_MEMBERS, _WEIGHTS, _OF = "members", "weights", "__"
_OF_ALL: Final = "class_weight"
_OUTPUT: Final[Mapping[Estimator, str]] = {"classifier": PROBABILITIES, "regressor": VALUES}
_LINEAR: Final[Mapping[Estimator, str]] = {"classifier": "logistic_regression", "regressor": "ridge"}
# Draws towards equal weights, by a fiftieth of what the members differ by.
_SHRINKAGE = 0.02
# Of a mixture's proportions, which settle in far fewer.
_STEPS = 200
_LEAST_PROBABILITY, _LEAST_WEIGHT = 1e-7, 0.01
# Holds the sum of the weights to 1: missing it costs more than all that can be gained.
_BINDING = 1e3


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedStacking:
    """See ``base.Fitted``; ``shares`` sum to one, ``seen`` are the labels of the fits."""

    members: Sequence[Fitted]
    shares: Sequence[float]
    task: TrainingTask
    seen: Labels
    chosen: Mapping[str, Any] = field(default_factory=dict)

    def raw(self, features: Matrix) -> npt.NDArray[np.float64]:
        raws = [member.raw(features) for member in self.members]
        answers = np.stack([with_every_class(raw, self.seen, self.task) for raw in raws])
        return np.asarray(np.tensordot(self.shares, answers, axes=1), dtype=np.float64)

    def predict(self, features: Matrix) -> Outputs:
        return self.task.serving.read([self.raw(features)])

    def to_onnx(self) -> bytes:
        models = [onnx.load_model_from_string(member.to_onnx()) for member in self.members]
        return canonical(_mean(models, self.shares, _OUTPUT[self.task.estimator]))


@dataclass(frozen=True, slots=True)
class StackingRecipe:
    """See ``base.Recipe``: ``lightgbm__num_leaves`` is a parameter of a member.

    Without ``weights`` those are chosen by rows that validate, and equal where there are none. A member of weight 0
    is no part of the model.
    """

    def defaults(self, task: TrainingTask, rows: int) -> Mapping[str, Any]:  # noqa: ARG002  the same for all
        return {_MEMBERS: ["lightgbm", "xgboost", _LINEAR[task.estimator]], _WEIGHTS: None}

    def search(self, task: TrainingTask) -> SearchSpace:  # noqa: ARG002  members are searched as themselves
        return {}

    def stops_early(self, parameters: Mapping[str, Any]) -> bool:  # noqa: ARG002  weights need the rows
        return True

    def fit(self, problem: Problem, parameters: Mapping[str, Any], *, seed: int) -> FittedStacking:
        given, weights = _checked(parameters, problem.task)
        members: dict[str, Fitted] = {}
        chosen: dict[str, Any] = {}
        for name in [name for name in given if weights is None or weights[name]]:
            recipe = recipe_of(name)
            defaults = recipe.defaults(problem.task, len(problem.labels))
            members[name] = recipe.fit(problem, {**defaults, **given[name]}, seed=seed)
            chosen |= {f"{name}{_OF}{own}": value for own, value in members[name].chosen.items()}
        if weights is None and problem.validation is not None:
            weights = _weighed(members, problem.validation, problem)
            chosen[_WEIGHTS] = weights
        if weights is None:
            weights = dict.fromkeys(members, 1.0)
        total, used = sum(weights.values()), [name for name in members if weights[name]]
        return FittedStacking(
            members=[members[name] for name in used],
            shares=[weights[name] / total for name in used],
            task=problem.task,
            seen=problem.labels,
            chosen=chosen,
        )


def _checked(
    parameters: Mapping[str, Any], task: TrainingTask
) -> tuple[dict[str, dict[str, Any]], Weights | None]:
    """The parameters of each member, and the weights. Raises TypeError, ValueError for any other."""
    names, weights = parameters[_MEMBERS], parameters[_WEIGHTS]
    able = [name for name, each in LISTINGS.items() if task.estimator in each.estimators]
    able = [name for name in able if name not in {OWN_CODE, STACKING}]
    if not isinstance(names, list) or not names or set(names) - set(able) or len(set(names)) < len(names):
        raise ValueError(f"{_MEMBERS} must be some of {', '.join(able)}, each once")
    if weights is not None:
        _check_weights(weights, names)
    given: dict[str, dict[str, Any]] = {name: {} for name in names}
    for name, value in parameters.items():
        member, _, own = name.partition(_OF)
        if name == _OF_ALL:
            given = {each: {**known, name: value} for each, known in given.items()}
        elif own and member in given:
            given[member][own] = value
        elif name not in {_MEMBERS, _WEIGHTS}:
            raise TypeError(
                f"{name!r} is no parameter; {_MEMBERS}, {_WEIGHTS}, {_OF_ALL} are, and those of members as "
                f"{names[0]}{_OF}…"
            )
    return given, weights


def _check_weights(weights: Any, names: Sequence[str]) -> None:
    if not isinstance(weights, Mapping) or weights.keys() != set(names):
        raise ValueError(f"{_WEIGHTS} must give each of {', '.join(names)} a number")
    if min(weights.values()) < 0 or sum(weights.values()) <= 0:
        raise ValueError(f"{_WEIGHTS} must be 0 or more, and one of them more")


def _weighed(members: Mapping[str, Fitted], asked: ValidationRows, problem: Problem) -> Weights:
    """The weights, 0 or more with the sum 1, that the labels of ``asked`` choose."""
    raws = [member.raw(asked.features) for member in members.values()]
    answers = [with_every_class(raw, problem.labels, problem.task) for raw in raws]
    if answers[0].shape[1] == 1:
        values = np.concatenate(answers, axis=1)
        weights = _least_squares(values, asked.labels.astype(np.float64))
    else:
        own = np.arange(len(asked.labels)), asked.labels.astype(np.int64)
        weights = _likeliest(np.stack([each[own] for each in answers], axis=1))
    return dict(zip(members, np.round(weights / weights.sum(), 4).tolist(), strict=True))


def _likeliest(given: Floats) -> Floats:
    """The likeliest proportions of (rows, members) probabilities of a row's own class, by EM."""
    given = np.maximum(given, _LEAST_PROBABILITY)
    rows, count = given.shape
    weights = np.full(count, 1 / count)
    for _ in range(_STEPS):
        shares = given * weights
        shares /= shares.sum(axis=1, keepdims=True)
        weights = (shares.sum(axis=0) + 1 / count) / (rows + 1)  # a row of all alike draws to equal weights
    return np.where(weights < _LEAST_WEIGHT, 0.0, weights)


def _least_squares(terms: Floats, truth: Floats) -> Floats:
    """The weights that bring the mean of (rows, members) ``terms`` nearest to the (rows,) truth."""
    count, middle = terms.shape[1], terms.mean(axis=1)  # with a sum of 1, what all say alike takes no part
    terms, missed = terms - middle[:, None], truth - middle
    size = np.sqrt((terms**2).sum() / count) or 1.0
    pull, bind = size * np.sqrt(_SHRINKAGE), size * _BINDING
    weights, _ = nnls(
        np.vstack([terms, pull * np.eye(count), np.full((1, count), bind)]),
        np.concatenate([missed, np.full(count, pull / count), [bind]]),
    )
    return np.asarray(weights)


def _mean(models: Sequence[onnx.ModelProto], shares: Sequence[float], output: str) -> onnx.ModelProto:
    """One graph of several with the same input, whose outputs it weighs and sums."""
    whole, *others = [
        compose.add_prefix(model, f"member{number}/", rename_inputs=False)
        for number, model in enumerate(models)
    ]
    for other in others:
        whole.graph.node.extend(other.graph.node)
        whole.graph.initializer.extend(other.graph.initializer)
    width = whole.graph.output[0].type.tensor_type.shape.dim[1].dim_value
    tail = GraphTail(whole, "mean")
    answers = [tail.last, *(other.graph.output[0].name for other in others)]
    terms = [tail.add("Mul", name, tail.constant(share)) for name, share in zip(answers, shares, strict=True)]
    total = terms[0]
    for term in terms[1:]:
        total = tail.add("Add", total, term)
    tail.finish(output, width)
    return whole


RECIPE = StackingRecipe()
