"""Fits the encoders of a signature; training rows are encoded by fits without them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from keepfit.evaluation.metrics.base import Labels
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.features.encoding.matrix import Encoder, plain_values
from keepfit.features.encoding.numbers import numbers_of
from keepfit.features.encoding.target_means import compile_means, fit_target_means
from keepfit.features.encoding.text_scores import no_scores
from keepfit.features.schema.signature import Column, Signature
from keepfit.features.schema.types.base import type_of
from keepfit.training.encoders.text_scores import (
    MAX_FITTED_ROWS,
    Counted,
    count,
    fit_weights,
    text_scores,
)
from keepfit.training.recipes.base import Matrix

MANY_VALUES = 256
"""A category of more values than this, rare ones included, also gets means of the label."""
FOLDS = 5

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """The targets of encoders: (rows, width) numbers of the label; ``classes`` for 0 and 1."""

    values: Floats
    classes: bool
    seed: int

    def folds(self) -> Iterator[npt.NDArray[np.bool_]]:
        """(rows,) for each fold which rows are in it; each row is in one."""
        fold_of = np.random.default_rng(self.seed).permutation(len(self.values)) % FOLDS
        return (fold_of == fold for fold in range(FOLDS))


def targets_of(task: TrainingTask, labels: Labels, seed: int) -> Targets:
    """The numbers that encoders learn of the label."""
    return Targets(values=task.indicators(labels), classes=task.estimator == "classifier", seed=seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedEncoders:
    """A fitted signature, and (rows, numbers) of the training rows by fits without them."""

    signature: Signature
    training_numbers: Mapping[str, Floats]

    def encode_training_rows(self, columns: Mapping[str, Any]) -> Matrix:
        """(rows, numbers) float32 of the rows that the encoders were fitted on."""
        encoded, start = Encoder(self.signature).encode(columns), 0
        for column in self.signature.model_columns:
            end = start + len(numbers_of(column).numbers)
            if column.name in self.training_numbers:
                encoded[:, start:end] = self.training_numbers[column.name]
            start = end
        return encoded


def fit_encoders(signature: Signature, columns: Mapping[str, Any], targets: Targets) -> FittedEncoders:
    """Fits what the run's signature leaves open: scores of texts, means of categories of very many values."""
    training_numbers: dict[str, Floats] = {}

    def fitted(column: Column) -> Column:
        fit = _fit_of(column, columns)
        if fit is None:
            return column
        column, training_numbers[column.name] = fit(column, plain_values(columns[column.name]), targets)
        return column

    fitted_columns = [fitted(column) for column in signature.columns]
    return FittedEncoders(
        signature=msgspec.structs.replace(signature, columns=fitted_columns),
        training_numbers=training_numbers,
    )


Fit = Callable[[Column, list[Any], Targets], tuple[Column, Floats]]


def _fit_of(column: Column, columns: Mapping[str, Any]) -> Fit | None:
    encoding = type_of(column.type).encoding
    if column.read is False:
        return None
    if encoding == "text":
        return _fit_text
    if encoding == "code" and len(set(plain_values(columns[column.name]))) > MANY_VALUES:
        return _fit_means
    return None


def _fit_means(column: Column, values: list[Any], targets: Targets) -> tuple[Column, Floats]:
    fitted = msgspec.structs.replace(column, means=fit_target_means(values, targets.values))
    numbers = _read(fitted, values)
    for inside in targets.folds():
        others = [value for value, left_out in zip(values, inside, strict=True) if not left_out]
        read = compile_means(fit_target_means(others, targets.values[~inside]))
        numbers[inside, 1:] = [read(values[row]) for row in np.flatnonzero(inside)]
    return fitted, numbers


def _fit_text(column: Column, values: list[Any], targets: Targets) -> tuple[Column, Floats]:
    counted = count([text or "" for text in values])
    if counted is None:
        fitted = msgspec.structs.replace(column, text=no_scores(targets.values.shape[1]))
        return fitted, _read(fitted, values)
    scores = text_scores(counted, _weights(counted, targets, np.ones(len(values), dtype=np.bool_)))
    fitted = msgspec.structs.replace(column, text=scores)
    numbers, present = _read(fitted, values), np.array([text is not None for text in values])
    for inside in targets.folds():
        own = inside & present
        numbers[own, :-1] = counted.matrix[own] @ _weights(counted, targets, ~inside)
    return fitted, numbers


def _weights(counted: Counted, targets: Targets, rows: npt.NDArray[np.bool_]) -> Floats:
    """Weights learned from ``rows``, or from some of them where they are more than teach anything new."""
    places = np.flatnonzero(rows)
    if len(places) > MAX_FITTED_ROWS:
        places = np.random.default_rng(targets.seed).choice(places, MAX_FITTED_ROWS, replace=False)
    return fit_weights(
        counted.matrix[places], targets.values[places], classes=targets.classes, seed=targets.seed
    )


def _read(column: Column, values: list[Any]) -> Floats:
    """(rows, numbers) as serving reads them."""
    read = numbers_of(column).read or (lambda value: (value,))
    return np.array([read(value) for value in values], dtype=np.float64)
