"""Explains a candidate: importance of its columns, SHAP values of its scores, and its learning curve."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.metrics.base import Labels, Metric
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.explanations.contributions import Contributions, Numbers
from keepfit.explanations.explainer import Explainer
from keepfit.explanations.sampled_shap import DrawnOrders
from keepfit.features.encoding.matrix import plain_values
from keepfit.features.encoding.numbers import numbers_of
from keepfit.features.schema.signature import Signature
from keepfit.tasks.base import Outputs
from keepfit.training.explanation.explainers import uncalibrated
from keepfit.training.explanation.fit_cost import fit_seconds
from keepfit.training.explanation.importance import permutation_importance
from keepfit.training.explanation.learning_curve import LearnedPart, learn
from keepfit.training.explanation.report import (
    Explanation,
    PermutationImportance,
    Shap,
    ShapColumn,
    ShapExample,
    ShapExamples,
)
from keepfit.training.recipes.base import Fitted, Matrix
from keepfit.training.trials.fit_candidate import fit_problem
from keepfit.training.trials.trial import Learned
from keepfit.training.trials.validation import Fold

FITTED_ELSEWHERE = "it was fitted elsewhere, so that no fit to fewer rows can be made here"
"""Why an imported model has no learning curve."""
MAX_ROWS = 100
"""Rows whose SHAP values are computed."""
MAX_DRAWN = 20
"""The same, where they are drawn."""
_MAX_SHOWN = 60
_EXAMPLES = (0.05, 0.5, 0.95)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A candidate to be explained.

    Args:
        name: the candidate's.
        fitted: its model.
        learned: it, as it was fitted to all training rows; None for one that was fitted elsewhere.
        task: what labels mean.
        metric: what importance and learning are measured by.
        signature: the columns of its matrix.
        explainer: tells what a score is made of.
        seed: of all that is drawn.
    """

    name: str
    fitted: Fitted
    learned: Learned | None
    task: TrainingTask
    metric: Metric
    signature: Signature
    explainer: Explainer
    seed: int


def explain(
    subject: Subject,
    fold: Fold | None,
    features: Matrix,
    columns: Mapping[str, Any],
    tell: Callable[[str], None],
) -> tuple[Explanation, ShapExamples | None]:
    """The explanation of a candidate, and rows in full, which are kept no longer than rows are.

    Args:
        subject: the candidate.
        fold: rows that train and others that validate; None where there are none.
        features: (rows, numbers) encoded rows whose scores are explained.
        columns: the same rows as they are stored, by column.
        tell: hears what happens.
    """
    part = None if fold is None else _learned(subject, fold)
    permutation = None
    if part is not None and fold is not None:
        permutation = _importance(
            subject,
            lambda rows: fold.outputs_of(part.fitted, rows, subject.task),
            fold.asked.features,
            fold.asked.labels,
        )
        tell(f"more rows would help: {part.curve.answer}")
    values, examples = shap(subject, features, columns) if len(features) else (None, None)
    curve = None if part is None else part.curve
    explanation = Explanation(
        candidate=subject.name, permutation=permutation, shap=values, learning_curve=curve
    )
    return explanation, examples


def explain_import(
    subject: Subject,
    validation: tuple[Matrix, Labels],
    features: Matrix,
    columns: Mapping[str, Any],
    tell: Callable[[str], None],
) -> tuple[Explanation, ShapExamples | None]:
    """The explanation of a model that was fitted elsewhere, by its answers alone.

    Args:
        subject: the candidate.
        validation: (rows, numbers) of rows that validate, which it may have seen, and their labels.
        features: see ``explain``.
        columns: see ``explain``.
        tell: hears what happens.
    """
    asked, labels = validation
    permutation = None
    if not subject.task.refuse_to_judge(labels, minimum_of_each_class=1):
        permutation = _importance(subject, subject.fitted.predict, asked, labels)
    values, examples = shap(subject, features, columns) if len(features) else (None, None)
    tell("explained it by its answers alone")
    explanation = Explanation(
        candidate=subject.name,
        permutation=permutation,
        shap=values,
        learning_curve=None,
        no_learning_curve=FITTED_ELSEWHERE,
    )
    return explanation, examples


def _importance(
    subject: Subject, answer: Callable[[Matrix], Outputs], features: Matrix, labels: Labels
) -> PermutationImportance:
    return permutation_importance(
        answer,
        features,
        labels,
        columns=places(subject.signature),
        task=subject.task,
        metric=subject.metric,
        seed=subject.seed,
    )


def _learned(subject: Subject, fold: Fold) -> LearnedPart | None:
    learned = subject.learned
    if learned is None:
        return None

    def fit(rows: Fold) -> Fitted:
        problem = rows.problem(subject.task, learned.target, stops=False)
        return fit_problem(learned.definition, problem, seed=subject.seed)

    def cost(rows: int) -> float:
        return fit_seconds(learned.definition, subject.task, rows=rows, numbers=fold.features.shape[1])

    return learn(fit, fold, task=subject.task, metric=subject.metric, seed=subject.seed, cost=cost)


def shap(subject: Subject, features: Matrix, columns: Mapping[str, Any]) -> tuple[Shap, ShapExamples]:
    """The SHAP values of some rows, summed up by column, and of three rows in full."""
    random = np.random.default_rng(subject.seed)
    is_drawn = isinstance(subject.explainer.way, DrawnOrders)
    rows = np.sort(random.permutation(len(features))[: MAX_DRAWN if is_drawn else MAX_ROWS])
    explained = subject.explainer.explain(features[rows], subject.fitted.predict)
    values = dict(zip(subject.explainer.columns, np.moveaxis(explained.values, 1, 0), strict=True))
    # What is exact are scores before a calibration.
    raw = (subject.fitted if is_drawn else uncalibrated(subject.fitted)).raw(features[rows])
    means = {name: float(np.abs(each).mean()) for name, each in values.items()}
    summary = Shap(
        method=explained.method,
        unit=explained.unit,
        rows=len(rows),
        residual=float(np.abs(explained.outputs() - raw).max()),
        standard_error=explained.standard_error,
        columns=[
            ShapColumn(column=name, mean=mean)
            for name, mean in sorted(means.items(), key=lambda item: -item[1])
        ],
    )
    examples = _examples(subject, explained, values, features[rows], _stored(columns, rows))
    return summary, ShapExamples(unit=explained.unit, rows=examples)


def places(signature: Signature) -> dict[str, list[int]]:
    """Each column's numbers in the matrix."""
    places: dict[str, list[int]] = {}
    start = 0
    for column in signature.model_columns:
        width = len(numbers_of(column).numbers)
        places[column.name] = list(range(start, start + width))
        start += width
    return places


def _stored(columns: Mapping[str, Any], rows: npt.NDArray[np.int64]) -> list[dict[str, Any]]:
    listed = {name: plain_values(values[rows]) for name, values in columns.items()}
    return [{name: _shown(values[row]) for name, values in listed.items()} for row in range(len(rows))]


def _shown(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)[:_MAX_SHOWN]


def _examples(
    subject: Subject,
    explained: Contributions,
    values: Mapping[str, Numbers],
    features: Matrix,
    stored: Sequence[dict[str, Any]],
) -> list[ShapExample]:
    """The rows with a low, a middle and a high score of their highest one."""
    scores = explained.scores
    highest = scores.argmax(axis=1)
    order = np.argsort(scores[np.arange(len(scores)), highest], kind="stable")
    chosen = dict.fromkeys(int(order[round(share * (len(order) - 1))]) for share in _EXAMPLES)
    outputs = subject.task.serving.decide(subject.fitted.predict(features))
    return [
        ShapExample(
            values=stored[row],
            base=float(explained.base[highest[row]]),
            contributions={name: float(each[row, highest[row]]) for name, each in values.items()},
            score=float(scores[row, highest[row]]),
            output=_written(outputs[row]),
        )
        for row in chosen
    ]


def _written(output: Any) -> str:
    if isinstance(output, bool):
        return str(output).lower()
    return f"{output:.6g}" if isinstance(output, float) else str(output)
