"""Selects columns: drops what does not help on validation rows, what says the same, what drifts.

1. Of columns that say the same, one stays.
2. Of those, the ones stay that are worth more than the best shadow.
3. Of those, the ones go that drift within the training rows, unless fits without them are surely worse.
4. All stay where fits to what is left are surely worse than fits to all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np

from keepfit.errors import EmptyWindow
from keepfit.evaluation.metrics.base import Metric
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.features.schema.signature import Signature
from keepfit.training.selection.backward import BackwardCheck, Loss
from keepfit.training.selection.learner import MAX_TRAINING_ROWS, MAX_VALIDATION_ROWS
from keepfit.training.selection.redundancy import redundant
from keepfit.training.selection.selection import ColumnSelection, FeatureSelection, Verdict, all_kept
from keepfit.training.selection.shadows import REPEATS, Importance, importances
from keepfit.training.trials.validation import Fold, Table, encode_folds

SHADOW: Final = "shadow"
# What chance lifted above its shadows is asked again, among fewer.
_TIMES: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is selected from, and by what.

    Args:
        signature: the run's, with all columns.
        task: what is predicted.
        metric: what decides between candidates.
        drift_scores: of columns that have a profile, how far their later training rows are from their earlier ones.
        drift_limit: the score from which a column is unstable.
        seed: makes every random choice.
    """

    signature: Signature
    task: TrainingTask
    metric: Metric
    drift_scores: Mapping[str, float]
    drift_limit: float
    seed: int

    @property
    def columns(self) -> list[str]:
        """The names of all columns, in the order of the row."""
        return [column.name for column in self.signature.model_columns]

    @property
    def unstable(self) -> list[str]:
        """Those of them that drift."""
        return [name for name in self.columns if self.drift_scores.get(name, 0.0) >= self.drift_limit]


def select(question: Question, train: Table, validation: Table) -> FeatureSelection:
    """Selects from the columns of ``train`` by fits that predict the rows of ``validation``.

    The same rows, question and seed give the same selection.
    """
    folds = encode_folds(
        _some(train, 2 * MAX_TRAINING_ROWS, question.seed),
        _some(validation, MAX_VALIDATION_ROWS, question.seed),
        signature=question.signature,
        task=question.task,
        seed=question.seed,
    )
    if folds is None:
        return unmeasured(question.signature, "nothing can be measured on the rows that validate")
    try:
        return _selected(question, train, folds.folds)
    except EmptyWindow as error:
        return unmeasured(question.signature, f"too little can be learned of a part of the rows: {error}")


def unmeasured(signature: Signature, why: str) -> FeatureSelection:
    """A selection that keeps every column without a look at any, because of ``why``."""
    columns = [
        ColumnSelection(column=column.name, kept=True, verdict="not dropped", reason="it was not measured")
        for column in signature.model_columns
    ]
    return FeatureSelection(method=SHADOW, columns=columns, refused=why)


def _some(table: Table, count: int, seed: int) -> Table:
    """The rows, or ``count`` of them, drawn."""
    rows = len(table.labels)
    if rows <= count:
        return table
    chosen = np.zeros(rows, dtype=np.bool_)
    chosen[np.random.default_rng(seed).permutation(rows)[:count]] = True
    return table.where(chosen)


def _selected(question: Question, train: Table, folds: Sequence[Fold]) -> FeatureSelection:
    task, metric, seed = question.task, question.metric, question.seed
    same = redundant(question.signature.model_columns, train.columns, last=question.unstable)
    apart = [name for name in question.columns if name not in same]
    worth, helping = dict[str, Importance](), apart
    for time in range(_TIMES):
        if helping:
            worth |= importances(folds, helping, task=task, metric=metric, seed=[seed, time])
            helping = [name for name in helping if worth[name].helps]
    check = BackwardCheck(folds, task=task, metric=metric, seed=seed)
    left = _without_unstable(question, helping, check)
    evidence = _Evidence(question=question, same=same, worth=worth, left=left)
    loss = check.loss(question.columns, left) if left else None
    selection = FeatureSelection(
        method=SHADOW,
        columns=[evidence.of(name) for name in question.columns],
        metric=metric.name,
        rows=max(len(fold.labels) for fold in folds),
        validation_rows=sum(len(fold.asked.labels) for fold in folds),
        repeats=REPEATS * _TIMES,
    )
    return _checked(selection, loss)


def _checked(selection: FeatureSelection, loss: Loss | None) -> FeatureSelection:
    """The selection, or all columns where what is left of them is surely worse."""
    if loss is None:
        return all_kept(selection, "none helps more than chance does")
    measured = msgspec.structs.replace(
        selection,
        full=round(loss.more, 6),
        selected=round(loss.fewer, 6),
        worse=round(loss.worse, 4),
    )
    if not loss.sure:
        return measured
    return all_kept(
        measured,
        f"on validation rows {selection.metric} is {loss.fewer:.4f} with the selected columns and {loss.more:.4f} with "
        f"all, and worse in {loss.worse:.0%} of resamples",
    )


def _without_unstable(question: Question, helping: list[str], check: BackwardCheck) -> list[str]:
    """``helping`` without those that drift: all of them, or else each whose loss is not sure."""
    drifting = [name for name in helping if name in question.unstable]
    stable = [name for name in helping if name not in drifting]
    if not drifting or (stable and not check.loss(helping, stable).sure):
        return stable
    left = helping
    for name in drifting if len(drifting) > 1 else ():
        fewer = [other for other in left if other != name]
        if fewer and not check.loss(left, fewer).sure:
            left = fewer
    return left


@dataclass(frozen=True, slots=True, kw_only=True)
class _Evidence:
    """What decides on a column."""

    question: Question
    same: Mapping[str, str]
    worth: Mapping[str, Importance]
    left: list[str]

    def of(self, name: str) -> ColumnSelection:
        """The selection of the column, and why."""
        if name in self.same:
            twin = self.same[name]
            return ColumnSelection(
                column=name,
                kept=False,
                verdict="redundant",
                reason=f"it says nearly the same as {twin}",
                drift_score=self.question.drift_scores.get(name),
                same_as=twin,
            )
        verdict, reason = self._verdict(name)
        return ColumnSelection(
            column=name,
            kept=name in self.left,
            verdict=verdict,
            reason=reason,
            importance=round(float(self.worth[name].losses.mean()), 6),
            shadow=round(float(self.worth[name].shadows.mean()), 6),
            drift_score=self.question.drift_scores.get(name),
        )

    def _verdict(self, name: str) -> tuple[Verdict, str]:
        """The verdict on a column that was measured, and its reason."""
        loss, chance = self.worth[name].losses.mean(), self.worth[name].shadows.mean()
        measured = f"permuted, it costs {loss:.4f} of {self.question.metric.name}, and chance {chance:.4f}"
        if name not in self.question.unstable:
            return ("helps" if name in self.left else "no help"), measured
        score = self.question.drift_scores[name]
        drifts = f"its later training rows are unlike its earlier ones (drift score {score:.2f})"
        if name in self.left:
            return "helps", f"{measured}; {drifts}, and fits without it are surely worse"
        if self.worth[name].helps:
            return "unstable", f"{drifts}, and fits without it are not surely worse"
        return "unstable", f"{drifts}, and {measured}"
