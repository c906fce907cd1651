"""Validates a candidate: fits it without some rows, and asks it for those, fold by fold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.metrics.base import Labels
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.evaluation.tasks.target import Target
from keepfit.features.encoding.matrix import Encoder
from keepfit.features.encoding.numbers import code_sizes
from keepfit.features.schema.signature import Signature
from keepfit.training.definition import CandidateDefinition
from keepfit.training.encoders.fitting import fit_encoders, targets_of
from keepfit.training.encoders.vocabularies import with_vocabularies
from keepfit.training.trials.candidates import fit

Folds = npt.NDArray[np.int64]
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
    fold: Folds
    from_fold: Folds

    def where(self, chosen: npt.NDArray[np.bool_]) -> Table:
        """Some of the rows."""
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
        folds: how many fits of each there were.
    """

    labels: Labels
    raw: list[Raw]
    folds: int


def validate(
    candidate: CandidateDefinition,
    train: Table,
    validation: Table,
    *,
    signature: Signature,
    task: TrainingTask,
    seed: int,
) -> Validation | None:
    """The candidate's answers to the rows that validate; None where nothing can be learned or measured.

    Vocabularies and encoders are fitted for each fold too: what they know of labels is part of the model. A row of a
    class that its fold's training rows lack does not validate.

    Raises:
        InvalidDefinition: parameters that the algorithm does not accept.
    """
    targets = task.targets(train.labels)
    labels, raw = list[Labels](), list[list[Raw]]()
    for fold in range(1, int(validation.fold.max(initial=0)) + 1):
        rows = train.where((train.from_fold <= fold) & (train.fold != fold))
        asked = validation.where((validation.fold == fold) & _is_known(validation.labels, rows.labels, task))
        if len(asked.labels) and not task.refuse(rows.labels):
            labels.append(asked.labels)
            raw.append(_answers(candidate, rows, asked, targets, signature=signature, task=task, seed=seed))
    if not labels:
        return None
    every = np.concatenate(labels)
    if task.refuse_to_judge(every, minimum_of_each_class=1):
        return None
    by_target = [np.concatenate(blocks) for blocks in zip(*raw, strict=True)]
    return Validation(labels=every, raw=by_target, folds=len(labels))


def _is_known(labels: Labels, seen: Labels, task: TrainingTask) -> npt.NDArray[np.bool_]:
    if task.estimator == "classifier":
        return np.isin(labels, seen)
    return np.ones(len(labels), dtype=np.bool_)


def _answers(
    candidate: CandidateDefinition,
    rows: Table,
    asked: Table,
    targets: list[Target],
    *,
    signature: Signature,
    task: TrainingTask,
    seed: int,
) -> list[Raw]:
    """By target (rows of ``asked``, outputs) of fits to ``rows``."""
    fresh = with_vocabularies(signature, rows.columns, task, rows.labels)
    encoders = fit_encoders(fresh, rows.columns, targets_of(task, rows.labels, seed))
    features, sizes = encoders.encode_training_rows(rows.columns), code_sizes(encoders.signature)
    unseen = Encoder(encoders.signature).encode(asked.columns)
    fits = (
        fit(candidate, features, rows.labels, task=task, code_sizes=sizes, seed=seed, target=target)
        for target in targets
    )
    return [_with_every_class(fitted.raw(unseen), rows.labels, task) for fitted in fits]


def _with_every_class(raw: Raw, seen: Labels, task: TrainingTask) -> Raw:
    """Probabilities with a column for each class, 0 for those that the fold's training rows lack."""
    classes = task.spec.classes
    if classes is None or raw.shape[1] == len(classes):
        return raw
    every = np.zeros((len(raw), len(classes)))
    every[:, np.unique(seen).astype(np.int64)] = raw
    return every
