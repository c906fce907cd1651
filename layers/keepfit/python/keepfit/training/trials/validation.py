"""Validates a candidate: fits it without some rows, and asks it for those, fold by fold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from keepfit.evaluation.metrics.base import Labels
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.evaluation.tasks.target import Target
from keepfit.features.encoding.matrix import Encoder
from keepfit.features.encoding.numbers import code_sizes, row_numbers
from keepfit.features.schema.signature import Signature
from keepfit.tasks.base import Outputs
from keepfit.training.definition import CandidateDefinition
from keepfit.training.encoders.fitting import fit_encoders, targets_of
from keepfit.training.encoders.vocabularies import with_vocabularies
from keepfit.training.recipes.base import (
    Fitted,
    Matrix,
    Problem,
    Shared,
    ValidationRows,
    with_every_class,
)
from keepfit.training.trials.early_stopping import agreed_parameters, may_stop
from keepfit.training.trials.fit_candidate import fit_problem

FoldNumbers = npt.NDArray[np.int64]
RowNumbers = npt.NDArray[np.int64]
Raw = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of a training set as they are stored, before they are encoded.

    Args:
        columns: name to (rows,) values, masked where missing.
        labels: (rows,) the answers, as the task encodes them.
        fold: (rows,) the fold in which each validates, 0 for none.
        from_fold: (rows,) the first fold for which each may train.
    """

    columns: Mapping[str, Any]
    labels: Labels
    fold: FoldNumbers
    from_fold: FoldNumbers

    def where(self, chosen: npt.NDArray[np.bool_] | RowNumbers) -> Table:
        """Some of the rows, by truths or by their places."""
        return Table(
            columns={name: values[chosen] for name, values in self.columns.items()},
            labels=self.labels[chosen],
            fold=self.fold[chosen],
            from_fold=self.from_fold[chosen],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """The answers of fits to rows that those had not seen.

    Args:
        labels: (rows,) of the rows that validate.
        raw: for each of the task's targets, (rows, outputs) of fits to that; see ``recipes.base.Fitted.raw``.
        parameters: for each of them likewise, what the rows chose for fits; see ``recipes.base.Fitted.chosen``.
        folds: how many fits of each there were.
    """

    labels: Labels
    raw: list[Raw]
    parameters: list[Mapping[str, Any]]
    folds: int

    def parameters_of(self, targets: Sequence[Target], chosen: Target) -> Mapping[str, Any]:
        """Those of the target that ``chosen`` is, multiplied or not."""
        named = zip(targets, self.parameters, strict=True)
        return next(given for target, given in named if target.is_logarithm == chosen.is_logarithm)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """Encoded rows that train in a fold, others that validate, and what fits to them share.

    ``columns`` names, for each number of a row, the column that it is of. ``rows`` are the places of rows in the table
    that trains, ``asked_rows`` those in the table that validates.
    """

    features: Matrix
    labels: Labels
    columns: Sequence[str]
    code_sizes: Mapping[int, int]
    asked: ValidationRows
    rows: RowNumbers
    asked_rows: RowNumbers
    shared: Shared = field(default_factory=Shared)

    def problem(self, task: TrainingTask, target: Target, *, stops: bool) -> Problem:
        """What is learned of it; ``stops`` is whether rows that validate say when to stop."""
        return Problem(
            features=self.features,
            labels=self.labels,
            task=task,
            target=target,
            code_sizes=self.code_sizes,
            validation=self.asked if stops else None,
            shared=self.shared,
        )

    def outputs(self, fitted: Fitted, task: TrainingTask) -> Outputs:
        """The task's outputs of a fit for the rows that validate."""
        return self.outputs_of(fitted, self.asked.features, task)

    def outputs_of(self, fitted: Fitted, features: Matrix, task: TrainingTask) -> Outputs:
        """The task's outputs of a fit for any rows, with a probability of 0 for classes that it lacks."""
        return task.serving.read([with_every_class(fitted.raw(features), self.labels, task)])

    def sampled(self, share: float, seed: int) -> Fold:
        """A drawn share of the rows that train, in their order; larger shares hold the smaller."""
        count = max(1, round(share * len(self.labels)))
        rows = np.sort(np.random.default_rng(seed).permutation(len(self.labels))[:count])
        return Fold(
            features=self.features[rows],
            labels=self.labels[rows],
            columns=self.columns,
            code_sizes=self.code_sizes,
            asked=self.asked,
            rows=self.rows[rows],
            asked_rows=self.asked_rows,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Folds:
    """All folds of a training set, encoded, and the targets that may be learned of them."""

    folds: Sequence[Fold]
    targets: Sequence[Target]
    task: TrainingTask

    @property
    def rows(self) -> int:
        """The rows that train in the smallest fold."""
        return min(len(fold.labels) for fold in self.folds)

    def sampled(self, share: float, seed: int) -> Folds:
        """Folds of which a share of the rows trains, and all that validate do."""
        return replace(self, folds=[fold.sampled(share, seed) for fold in self.folds])

    def forget(self) -> None:
        """Drops what fits shared: no other follows."""
        for fold in self.folds:
            fold.shared.forget()

    def validate(self, candidate: CandidateDefinition, *, seed: int) -> Validation:
        """The candidate's answers to the rows that validate.

        Raises:
            EmptyWindow: a sample of which nothing can be learned.
            InvalidDefinition: parameters that the algorithm does not accept.
        """
        answers = [_answers(candidate, self.folds, target, self.task, seed) for target in self.targets]
        return Validation(
            labels=np.concatenate([fold.asked.labels for fold in self.folds]),
            raw=[raw for raw, _ in answers],
            parameters=[parameters for _, parameters in answers],
            folds=len(self.folds),
        )


def encode_folds(
    train: Table, validation: Table, *, signature: Signature, task: TrainingTask, seed: int
) -> Folds | None:
    """The folds in which candidates are validated; None where nothing can be learned or measured.

    Vocabularies and encoders are fitted for each fold too: what they know of labels is part of the model. A row of a
    class that its fold's training rows lack does not validate.
    """
    folds = [
        _encoded(train, validation, both, signature=signature, task=task, seed=seed)
        for both in rows_of_folds(train, validation, task)
    ]
    if not folds:
        return None
    every = np.concatenate([fold.asked.labels for fold in folds])
    if task.refuse_to_judge(every, minimum_of_each_class=1):
        return None
    return Folds(folds=folds, targets=task.targets(train.labels), task=task)


def rows_of_folds(
    train: Table, validation: Table, task: TrainingTask
) -> Iterator[tuple[RowNumbers, RowNumbers]]:
    """The places of rows that train and of those that validate, for each fold that teaches anything."""
    for fold in range(1, int(validation.fold.max(initial=0)) + 1):
        rows = np.flatnonzero((train.from_fold <= fold) & (train.fold != fold))
        known = _is_known(validation.labels, train.labels[rows], task)
        asked = np.flatnonzero((validation.fold == fold) & known)
        if len(asked) and not task.refuse(train.labels[rows]):
            yield rows, asked


def _is_known(labels: Labels, seen: Labels, task: TrainingTask) -> npt.NDArray[np.bool_]:
    if task.estimator == "classifier":
        return np.isin(labels, seen)
    return np.ones(len(labels), dtype=np.bool_)


def _encoded(
    train: Table,
    validation: Table,
    both: tuple[RowNumbers, RowNumbers],
    *,
    signature: Signature,
    task: TrainingTask,
    seed: int,
) -> Fold:
    rows, asked = train.where(both[0]), validation.where(both[1])
    fresh = with_vocabularies(signature, rows.columns, task, rows.labels)
    encoders = fit_encoders(fresh, rows.columns, targets_of(task, rows.labels, seed))
    return Fold(
        features=encoders.encode_training_rows(rows.columns),
        labels=rows.labels,
        columns=[number.column.name for number in row_numbers(encoders.signature)],
        code_sizes=code_sizes(encoders.signature),
        asked=ValidationRows(features=Encoder(encoders.signature).encode(asked.columns), labels=asked.labels),
        rows=both[0],
        asked_rows=both[1],
    )


def _answers(
    candidate: CandidateDefinition, folds: Sequence[Fold], target: Target, task: TrainingTask, seed: int
) -> tuple[Raw, Mapping[str, Any]]:
    """(rows, outputs) of fits that had not seen the rows, and what those chose.

    A fit that the rows stop is good at them by chance, too. So several folds agree on one number of steps, and their
    fits are asked after so many.
    """
    rows = sum(len(fold.asked.labels) for fold in folds)
    stops = may_stop(candidate, task, rows=len(folds[0].labels), validating=rows)
    fits = [fit_problem(candidate, fold.problem(task, target, stops=stops), seed=seed) for fold in folds]
    chosen = agreed_parameters([fitted.chosen for fitted in fits])
    if chosen and len(folds) > 1:
        agreed = msgspec.structs.replace(candidate, parameters={**candidate.parameters, **chosen})
        fits = [fit_problem(agreed, fold.problem(task, target, stops=False), seed=seed) for fold in folds]
    raws = [
        with_every_class(fitted.raw(fold.asked.features), fold.labels, task)
        for fitted, fold in zip(fits, folds, strict=True)
    ]
    return np.concatenate(raws), chosen
